/** What the language model's config takes from where. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Fields } from '../../../src/model/fields.js';
import { parseLmConfig } from '../../../src/model/lm-config.js';
import { STT_1B, STT_2_6B } from '../../../src/model/published.js';
import type { LmConfig } from '../../../src/model/config.js';

/** config.json of a published model. */
function configJson({ dim, numLayers, numHeads, nQ, card, textCard, context, maxPeriod }: LmConfig): object {
  return {
    ...{ dim, num_layers: numLayers, num_heads: numHeads, n_q: nQ, card, text_card: textCard, context },
    ...{ max_period: maxPeriod, existing_text_padding_id: 3 },
  };
}

function parse(lm: LmConfig, more: object = {}): LmConfig {
  const shapes = new Map<string, readonly number[]>([
    ['transformer.layers.0.gating.linear_out.weight', [lm.dim, lm.hidden]],
  ]);
  for (let head = 0; head < lm.pauseHeads; head++) shapes.set(`extra_heads.${head}.weight`, [lm.pauseClasses, lm.dim]);
  return parseLmConfig(
    new Fields('config.json', { ...configJson(lm), ...more }),
    (name) => shapes.get(name),
    'lm.gguf',
  );
}

describe('parseLmConfig', () => {
  it('gives a file without delay and silence those of the published model of its size', () => {
    for (const { lm } of [STT_1B, STT_2_6B]) assert.deepEqual(parse(lm), lm);
  });

  it('prefers what the file says, each value on its own', () => {
    const { audioDelaySeconds, silencePrefixSeconds } = parse(STT_2_6B.lm, {
      stt_config: { audio_delay_seconds: 1.5 },
    });
    assert.deepEqual([audioDelaySeconds, silencePrefixSeconds], [1.5, 1]);
  });

  it('gives other sizes the delay of the smaller published model', () => {
    const { audioDelaySeconds, silencePrefixSeconds } = parse({ ...STT_2_6B.lm, numLayers: 6 });
    assert.deepEqual([audioDelaySeconds, silencePrefixSeconds], [0.5, 0]);
  });
});
