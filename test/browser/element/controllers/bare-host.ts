/** Hosts for controllers under test: an element without properties, parts or behaviour. */
import { ReactiveElement, type ReactiveController } from 'lit';

class BareElement extends ReactiveElement {
  static readonly formAssociated = true;
}
customElements.define('bare-host', BareElement);

/** An element with the given properties, not in the document yet. */
export function bareElement<P extends object>(properties: P): BareElement & P {
  return Object.assign(new BareElement(), properties);
}

/** A host that is not an element. The test calls its controllers. */
export class BareHost {
  isConnected = true;
  readonly ownerDocument = document;
  updates = 0;
  readonly updateComplete = Promise.resolve(true);
  readonly controllers: ReactiveController[] = [];

  addController(controller: ReactiveController): void {
    this.controllers.push(controller);
  }

  removeController(): void {
    throw new Error('controllers stay with their host');
  }

  requestUpdate(): void {
    this.updates++;
  }

  /** Does what Lit does when an element is removed from the document. */
  async disconnect(): Promise<void> {
    this.isConnected = false;
    for (const controller of this.controllers) controller.hostDisconnected?.();
    await Promise.resolve();
  }
}
