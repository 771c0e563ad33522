/** The part of the element that writes into a field of the page. */
import type { CSSResultGroup } from 'lit';
import { property } from 'lit/decorators.js';
import { FormElement } from './form-value.js';
import { DictationController } from './dictation-controller.js';
import { dictationStyles } from '../views/dictation-styles.js';

export abstract class DictatingElement extends FormElement {
  static override styles: CSSResultGroup = dictationStyles;

  /** Attribute `for`: id of the <audio> or <video> that `start` listens to when it is given nothing, or of the field that the words are written into. */
  @property({ attribute: 'for' }) htmlFor = '';
  /** That field, where it has no id, or is in another root. */
  @property({ attribute: false }) target: HTMLElement | null = null;

  protected readonly dictator = new DictationController(this);

  abstract stop(): Promise<void>;

  protected get isElsewhere(): boolean {
    return this.dictator.element !== undefined;
  }
}
