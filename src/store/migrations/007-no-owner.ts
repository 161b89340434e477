/** Who owns an account is asked when a finding of it is shown, not for every account of every run. */
export const noOwner = {
  name: '007-no-owner',
  sql: 'alter table digest_place drop column owner;',
};
