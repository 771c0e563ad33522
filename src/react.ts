/** Types only: `<kyutai-stt>` in JSX, for React 19 and later. */
import type { LitElement } from 'lit';
import type { DetailedHTMLProps, HTMLAttributes } from 'react';
import type { KyutaiSttEventMap } from './element/events.js';
import type { KyutaiSttElement } from './element/kyutai-stt-element.js';

/** What can be assigned, by comparing each property with a writable one of its type. */
type Writable<T> = {
  [K in keyof T]-?: (<X>() => X extends { -readonly [P in K]: T[K] } ? 1 : 2) extends <X>() => X extends Pick<T, K>
    ? 1
    : 2
    ? T[K] extends (...args: never[]) => unknown
      ? never
      : K
    : never;
}[keyof T];

/** The element's own properties, each optional: React assigns those the element has. */
type Properties = { [K in Writable<Omit<KyutaiSttElement, keyof LitElement>>]?: KyutaiSttElement[K] | undefined };

/** `ontranscript`, in small letters: React listens for what follows `on`. */
type Handlers = { [K in keyof KyutaiSttEventMap as `on${K}`]?: ((event: KyutaiSttEventMap[K]) => void) | undefined };

export type KyutaiSttProps = Properties &
  Handlers &
  Omit<DetailedHTMLProps<HTMLAttributes<KyutaiSttElement>, KyutaiSttElement>, keyof Properties | keyof Handlers>;

declare module 'react' {
  // JSX is found by this name, so it has to be a namespace.
  namespace JSX {
    interface IntrinsicElements {
      'kyutai-stt': KyutaiSttProps;
    }
  }
}
