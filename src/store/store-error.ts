/** Something about the store that its operator has to put right; the message says what and how, and holds no secret. */
export class StoreError extends Error {
  override name = 'StoreError';
}

/** Another process has the embedded database in use: it may be done soon. */
export class StoreInUse extends StoreError {
  override name = 'StoreInUse';
}
