/** What a kind of secret looks like wherever it stands, and where that is said. */
interface SecretShape {
  whose: string;
  source: string;
  /** Two characters of its beginning, lower case, that are rare in payloads: only around them is `start` looked for. */
  pair: string;
  /** Its beginning, in either case; found within 16 characters of the pair. */
  start: RegExp;
  shape: RegExp;
}

const shape = (whose: string, source: string, pair: string, start: RegExp, shape: RegExp): SecretShape => ({
  whose,
  source,
  pair,
  start,
  shape,
});

/**
 * Secrets that their issuers made recognizable. Identifiers that look alike (access key ids, ARNs, request ids, digests) are
 * none. Each shape begins at one place only and is bounded or consumed, so that it is linear.
 */
export const secretShapes: readonly SecretShape[] = [
  shape(
    "Slack's tokens",
    'docs.slack.dev, Tokens',
    'xo',
    /xox|xoxe/i,
    /\b(?:xox[a-z]-|xoxe\.xox[a-z]-)[A-Za-z0-9-]{8,}/g,
  ),
  shape("Slack's app tokens", 'docs.slack.dev, Tokens', 'xa', /xapp-/i, /\bxapp-[A-Za-z0-9-]{8,}/g),
  shape(
    'GitHub, personal',
    'docs.github.com, About authentication to GitHub',
    'p_',
    /ghp_/i,
    /\bghp_[A-Za-z0-9_-]{16,}/g,
  ),
  shape('GitHub, OAuth', 'docs.github.com, About authentication to GitHub', 'o_', /gho_/i, /\bgho_[A-Za-z0-9_-]{16,}/g),
  shape(
    'GitHub, server',
    'docs.github.com, About authentication to GitHub',
    's_',
    /ghs_/i,
    /\bghs_[A-Za-z0-9_-]{16,}/g,
  ),
  shape('GitHub, user', 'docs.github.com, About authentication to GitHub', 'u_', /ghu_/i, /\bghu_[A-Za-z0-9_-]{16,}/g),
  shape(
    'GitHub, refresh',
    'docs.github.com, About authentication to GitHub',
    'r_',
    /ghr_/i,
    /\bghr_[A-Za-z0-9_-]{16,}/g,
  ),
  shape(
    'GitHub, fine-grained',
    'docs.github.com, About authentication to GitHub',
    'b_',
    /github_pat_/i,
    /\bgithub_pat_[A-Za-z0-9_-]{16,}/g,
  ),
  shape('GitLab, personal', 'docs.gitlab.com, Token overview', 'lp', /glpat-/i, /\bglpat-[A-Za-z0-9_.-]{16,}/g),
  shape(
    'GitLab, others',
    'docs.gitlab.com, Token overview',
    't-',
    /gl(?:ptt|dt|rt|cbt|soat|ft|imt|agent)-/i,
    /\bgl(?:ptt|dt|rt|cbt|soat|ft|imt|agent)-[A-Za-z0-9_.-]{16,}/g,
  ),
  shape(
    'Stripe',
    'docs.stripe.com, API keys',
    'k_',
    /[sr]k_(?:live|test)_/i,
    /\b[sr]k_(?:live|test)_[A-Za-z0-9]{10,}/g,
  ),
  shape('Stripe, webhooks', 'docs.stripe.com, Webhooks', 'c_', /whsec_/i, /\bwhsec_[A-Za-z0-9+/=]{16,}/g),
  shape(
    'Google, API keys',
    'cloud.google.com, Authenticate by using API keys',
    'za',
    /aiza/i,
    /\bAIza[A-Za-z0-9_-]{30,}/g,
  ),
  shape('Google, OAuth clients', 'github.com/gitleaks, rules', 'px', /gocspx-/i, /\bGOCSPX-[A-Za-z0-9_-]{20,}/g),
  shape(
    'Google, access tokens',
    'developers.google.com, Using OAuth 2.0',
    '9.',
    /ya29\./i,
    /\bya29\.[A-Za-z0-9_-]{16,}/g,
  ),
  shape('npm', 'docs.npmjs.com, About access tokens', 'm_', /npm_/i, /\bnpm_[A-Za-z0-9]{30,}/g),
  shape('PyPI', 'pypi.org/help, API tokens', 'py', /pypi-/i, /\bpypi-[A-Za-z0-9_-]{40,}/g),
  shape('RubyGems', 'guides.rubygems.org, API key scopes', 's_', /ubygems_/i, /\brubygems_[0-9a-f]{40,}/g),
  shape('Docker Hub', 'docs.docker.com, Access tokens', 'r_', /dckr_/i, /\bdckr_(?:pat|oat)_[A-Za-z0-9_-]{20,}/g),
  shape(
    'SendGrid',
    'docs.sendgrid.com, API keys',
    'g.',
    /(?<![a-z])sg\./i,
    /\bSG\.[A-Za-z0-9_-]{16,}\.[A-Za-z0-9_-]{16,}/g,
  ),
  shape(
    'OpenAI, Anthropic and alike',
    'platform.openai.com, API keys',
    'k-',
    /(?<![a-z])sk-/i,
    /(?<![A-Za-z0-9_-])sk-(?=[A-Za-z0-9_-]{0,80}[0-9])(?=[A-Za-z0-9_-]{0,80}[A-Z])[A-Za-z0-9_-]{20,}/g,
  ),
  shape('Hugging Face', 'huggingface.co/docs, User access tokens', 'f_', /(?<![a-z])hf_/i, /\bhf_[A-Za-z0-9]{30,}/g),
  shape('DigitalOcean', 'docs.digitalocean.com, Create a token', 'v1', /do[opr]_v1_/i, /\bdo[opr]_v1_[0-9a-f]{40,}/g),
  shape(
    'Databricks',
    'docs.databricks.com, Personal access tokens',
    'da',
    /dapi[0-9a-f]{6}/i,
    /\bdapi[0-9a-f]{32}(?:-\d)?\b/g,
  ),
  shape(
    'Shopify',
    'shopify.dev, Access tokens',
    'hp',
    /shp(?:at|ss|ca|pa)_/i,
    /\bshp(?:at|ss|ca|pa)_[0-9a-fA-F]{32}\b/g,
  ),
  shape(
    'Square',
    'developer.squareup.com, Access tokens',
    'q0',
    /sq0(?:atp|csp|idp)-/i,
    /\bsq0(?:atp|csp)-[A-Za-z0-9_-]{20,}/g,
  ),
  shape('Atlassian', 'support.atlassian.com, API tokens', 't3', /at[ac]tt3/i, /\bAT[AC]TT3[A-Za-z0-9_=-]{20,}/g),
  shape('Linear', 'linear.app/docs, API', 'i_', /lin_api_/i, /\blin_api_[A-Za-z0-9]{30,}/g),
  shape('Notion', 'developers.notion.com, Authorization', 'n_', /ntn_/i, /\bntn_[A-Za-z0-9]{30,}/g),
  shape('Figma', 'figma.com/developers, Access tokens', 'd_', /figd_/i, /\bfigd_[A-Za-z0-9_-]{20,}/g),
  shape('Postman', 'learning.postman.com, API keys', 'k-', /pmak-/i, /\bPMAK-[0-9a-f]{24}-[0-9a-f]{34}\b/g),
  shape('New Relic', 'docs.newrelic.com, API keys', 'k-', /nrak-/i, /\bNRAK-[A-Z0-9]{20,}/g),
  shape('Grafana', 'grafana.com/docs, Service accounts', 'a_', /glsa_/i, /\bglsa_[A-Za-z0-9]{20,}_[0-9a-fA-F]{8}/g),
  shape('Grafana Cloud', 'grafana.com/docs, Access policies', 'c_', /glc_/i, /\bglc_[A-Za-z0-9+/=]{30,}/g),
  shape(
    'Dynatrace',
    'docs.dynatrace.com, Access tokens',
    't0',
    /dt0[a-z]\d\d\./i,
    /\bdt0[a-z]\d\d\.[A-Z0-9]{20,}\.[A-Z0-9]{40,}/g,
  ),
  shape(
    'Doppler',
    'docs.doppler.com, Token formats',
    'p.',
    /dp\.(?:pt|st|ct|sa|scim|audit)\./i,
    /\bdp\.(?:pt|st|ct|sa|scim|audit)\.[A-Za-z0-9._-]{30,}/g,
  ),
  shape(
    'HashiCorp Vault',
    'developer.hashicorp.com/vault, Tokens',
    'hv',
    /hv[sbr]\./i,
    /\bhv[sbr]\.[A-Za-z0-9_-]{20,}/g,
  ),
  shape(
    'HCP Terraform',
    'developer.hashicorp.com/terraform, API tokens',
    'v1',
    /atlasv1\./i,
    /\b[A-Za-z0-9]{14}\.atlasv1\.[A-Za-z0-9_=-]{40,}/g,
  ),
  shape(
    'PlanetScale',
    'planetscale.com/docs, Passwords',
    'e_',
    /pscale_/i,
    /\bpscale_(?:tkn|pw|oauth)_[A-Za-z0-9_.-]{20,}/g,
  ),
  shape('Pulumi', 'pulumi.com/docs, Access tokens', 'l-', /pul-[0-9a-f]/i, /\bpul-[0-9a-f]{40}\b/g),
  shape('Sentry', 'docs.sentry.io, Auth tokens', 's_', /sntrys_/i, /\bsntrys_[A-Za-z0-9+/=_-]{20,}/g),
  shape('Sentry, users', 'docs.sentry.io, Auth tokens', 'u_', /sntryu_/i, /\bsntryu_[0-9a-f]{40,}/g),
  shape('Heroku', 'devcenter.heroku.com, OAuth', 'u-', /hrku-/i, /\bHRKU-[A-Za-z0-9_-]{20,}/g),
  shape('Supabase', 'supabase.com/docs, Access tokens', 'p_', /(?<![a-z])sbp_/i, /\bsbp_[0-9a-f]{40}\b/g),
  shape(
    'age, private keys',
    'age-encryption.org, Specification',
    'cr',
    /age-secret/i,
    /\bAGE-SECRET-KEY-1[A-Z0-9]{50,}/g,
  ),
  shape('Amazon MWS', 'github.com/gitleaks, rules', 'zn', /amzn\.mws\./i, /\bamzn\.mws\.[0-9a-f-]{36}/g),
  shape(
    'Amazon Bedrock, long-term keys',
    'Amazon Bedrock user guide, API keys',
    'bs',
    /absk[a-z0-9]/i,
    /\bABSK[A-Za-z0-9+/]{80,}={0,2}/g,
  ),
  shape(
    'Amazon Bedrock, short-term keys',
    'Amazon Bedrock user guide, API keys',
    'ke',
    /bedrock-api-key|api-key/i,
    /\bbedrock-api-key-[A-Za-z0-9+/=]{40,}/g,
  ),
  shape(
    'Microsoft Entra, client secrets',
    'github.com/gitleaks, rules',
    'q~',
    /\dq~/i,
    /(?<![A-Za-z0-9_~.-])[A-Za-z0-9_~.-]{3}\dQ~[A-Za-z0-9_~.-]{31,34}(?![A-Za-z0-9_~.-])/g,
  ),
  shape(
    'Telegram, bots',
    'core.telegram.org/bots, Authorizing your bot',
    ':a',
    /\d{6}:aa/i,
    /\b\d{8,10}:AA[A-Za-z0-9_-]{32,33}\b/g,
  ),
];
