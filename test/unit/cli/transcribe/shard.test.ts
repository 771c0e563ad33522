import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { inShard, shardOption } from '../../../../src/cli/transcribe/shard.js';

describe('inShard', () => {
  it('puts each entry in exactly one shard, and makes shards of about one size', () => {
    for (const length of [0, 1, 7, 8, 9, 100]) {
      const list = Array.from({ length }, (_, i) => i);
      for (const of of [1, 2, 3, 8, 200]) {
        const shards = Array.from({ length: of }, (_, i) => inShard(list, { part: i + 1, of }));
        assert.deepEqual(
          shards.flat().sort((a, b) => a - b),
          list,
        );
        const sizes = shards.map((shard) => shard.length);
        assert.ok(Math.max(...sizes) - Math.min(...sizes) <= 1, `${length} in ${of}`);
      }
    }
  });
});

describe('shardOption', () => {
  it('reads a part and a number of parts', () => {
    assert.deepEqual(shardOption('3/8'), { part: 3, of: 8 });
    assert.deepEqual(shardOption('1/1'), { part: 1, of: 1 });
    // As `seq -w` and GNU parallel write them.
    assert.deepEqual(shardOption('08/12'), { part: 8, of: 12 });
  });

  it('refuses anything else', () => {
    for (const value of ['', '3', '0/8', '9/8', '1/0', '-1/8', '1.5/8', '1/8/2', ' 1/8', '1/', '/8', 'a/b', '1e1/20'])
      assert.throws(() => shardOption(value), { code: 'invalid-argument', message: /^--shard is .*, expected a part/ });
  });
});
