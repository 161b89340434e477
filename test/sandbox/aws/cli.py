"""Runs the stock AWS CLI on each line of standard input: {"args": […], "env": {…}} → [code, stdout, stderr].

The CLI takes half a second to start, and the tests ask it a hundred and fifty times. Each line has a CLI of its own; the
files that describe AWS are read once.
"""

import contextlib
import io
import json
import os
import sys

import awscli
from awscli.clidriver import create_clidriver

print(json.dumps(awscli.__version__), flush=True)
files = create_clidriver().session.get_component("data_loader")
for line in sys.stdin:
    asked = json.loads(line)
    os.environ.pop("AWS_SESSION_TOKEN", None)
    os.environ.update(asked["env"])
    out, err = (io.TextIOWrapper(io.BytesIO(), encoding="utf-8") for _ in range(2))
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            cli = create_clidriver()
            cli.session.register_component("data_loader", files)
            code = cli.main(asked["args"])
        except SystemExit as end:
            code = end.code
    texts = []
    for stream in (out, err):
        stream.flush()
        texts.append(stream.buffer.getvalue().decode("utf-8"))
    print(json.dumps([code, *texts]), flush=True)
