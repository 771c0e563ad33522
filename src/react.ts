/** Types only: `<kyutai-stt>` in JSX, for React 19 and later. */
import type { LitElement } from 'lit';
import type { DetailedHTMLProps, HTMLAttributes } from 'react';
import type { KyutaiSttEventMap } from './element/events.js';
import type { KyutaiSttElement } from './element/kyutai-stt-element.js';

/** The names of the writable properties: `readonly` is found by comparing function types. */
type Writable<T> = {
  [K in keyof T]-?: (<X>() => X extends { -readonly [P in K]: T[K] } ? 1 : 2) extends <X>() => X extends Pick<T, K>
    ? 1
    : 2
    ? T[K] extends (...args: never[]) => unknown
      ? never
      : K
    : never;
}[keyof T];

/** The element's own writable properties, all optional: React assigns props that are properties of the element. */
type Properties = { [K in Writable<Omit<KyutaiSttElement, keyof LitElement>>]?: KyutaiSttElement[K] | undefined };

/** `ontranscript` and so on, in lower case: React takes what follows `on` as the event's name. */
type Handlers = { [K in keyof KyutaiSttEventMap as `on${K}`]?: ((event: KyutaiSttEventMap[K]) => void) | undefined };

/** HTML's name of `htmlFor`: React sets it as the attribute, which server rendering keeps. */
interface Attributes {
  readonly for?: string | undefined;
}

export type KyutaiSttProps = Properties &
  Attributes &
  Handlers &
  Omit<DetailedHTMLProps<HTMLAttributes<KyutaiSttElement>, KyutaiSttElement>, keyof Properties | keyof Handlers>;

declare module 'react' {
  // TypeScript looks up JSX by this name, so it must be a namespace.
  namespace JSX {
    interface IntrinsicElements {
      'kyutai-stt': KyutaiSttProps;
    }
  }
}
