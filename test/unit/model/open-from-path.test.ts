import assert from 'node:assert/strict';
import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { openModelFromPath } from '../../../src/cli/open-model-from-path.js';

const CASE = fileURLToPath(new URL('../../fixtures/case-a', import.meta.url));

describe('a third-party GGUF on disk', () => {
  let folder: string;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'three-files-'));
    await cp(join(CASE, 'alt/model-q4.gguf'), join(folder, 'model-q4.gguf'));
    await cp(join(CASE, 'alt/mimi-encoder-f16.safetensors'), join(folder, 'mimi-encoder-f16.safetensors'));
    await cp(join(CASE, 'mimi_config.json'), join(folder, 'mimi_config.json'));
  });
  after(() => rm(folder, { recursive: true }));

  it('names a missing file, and opens once its folder has all files', async () => {
    const path = join(folder, 'model-q4.gguf');
    await assert.rejects(
      openModelFromPath(path),
      /its folder has no tokenizer \(tokenizer\*\.model\) \(model-mismatch\)/,
    );
    await cp(join(CASE, 'tokenizer_case.model'), join(folder, 'tokenizer.model'));
    const { config } = await openModelFromPath(path);
    assert.equal(config.mimi.transformer.numHeads, 4);
    assert.equal(config.lm.pauseHeads, 0);
  });

  it('opens explicitly named files from any folder', async () => {
    const { config } = await openModelFromPath(join(CASE, 'alt/model-q4.gguf'), {
      tokenizer: join(CASE, 'tokenizer_case.model'),
      mimiConfig: join(CASE, 'mimi_config.json'),
    });
    assert.equal(config.mimi.transformer.context, 16);
  });

  it('reads pause heads from a named checkpoint, or one in the same folder', async () => {
    const tokenizer = join(CASE, 'tokenizer_case.model');
    const pauseHeads = join(CASE, 'model.safetensors');
    const mimiConfig = join(CASE, 'mimi_config.json');
    const named = await openModelFromPath(join(CASE, 'alt/model-q4.gguf'), { tokenizer, mimiConfig, pauseHeads });
    assert.equal(named.config.lm.pauseHeads, 4);
    await cp(pauseHeads, join(folder, 'pause-heads.safetensors'));
    const { config } = await openModelFromPath(join(folder, 'model-q4.gguf'), { tokenizer });
    assert.equal(config.lm.pauseHeads, 4);
  });
});
