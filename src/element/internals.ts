/** Attaches an element's internals: its part in forms, its states and its role. */

/**
 * The DOMs of unit tests (jsdom, happy-dom) have none or a part of them. There the element takes no part in forms, so that
 * pages with the tag can be tested: each member is that of an element which belongs to no form and is valid.
 */
export function attachInternals(element: HTMLElement): ElementInternals {
  const internals = (element as Partial<HTMLElement>).attachInternals?.();
  if (internals && 'setFormValue' in internals && 'states' in internals) return internals;
  const valid = (): boolean => true;
  return {
    states: new Set(),
    form: null,
    labels: [],
    validity: { valid: true },
    validationMessage: '',
    willValidate: false,
    setFormValue: () => undefined,
    setValidity: () => undefined,
    checkValidity: valid,
    reportValidity: valid,
  } as unknown as ElementInternals;
}
