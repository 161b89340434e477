import type { Organization } from './organization.ts';

/** What is made once for an organization and goes with it: a result worth keeping, or the state of a service. */
export function perOrganization<T>(make: (organization: Organization) => T): (organization: Organization) => T {
  const made = new WeakMap<Organization, { value: T }>();
  return (organization) => {
    const known = made.get(organization) ?? { value: make(organization) };
    made.set(organization, known);
    return known.value;
  };
}
