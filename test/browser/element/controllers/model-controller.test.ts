import { assert } from '@open-wc/testing';
import { ModelController } from '../../../../src/element/controllers/model-controller.js';
import type { KyutaiSttElement } from '../../../../src/index.js';
import { bareElement } from './bare-host.js';

type ModelProperties = Pick<
  KyutaiSttElement,
  'model' | 'baseUrl' | 'backend' | 'workerSrc' | 'assets' | 'workerKind' | 'whenFull'
>;

function modelHost() {
  return bareElement<ModelProperties>({
    model: 'owner/repo',
    baseUrl: '',
    backend: 'auto',
    workerSrc: '',
    assets: '',
    workerKind: 'auto',
    whenFull: 'error',
  });
}

describe('ModelController', () => {
  it('derives client options from the properties, without the empty ones', () => {
    const host = modelHost();
    const controller = new ModelController(host);
    assert.deepEqual(controller.options, { model: 'owner/repo', backend: 'auto', worker: 'auto', whenFull: 'error' });
    Object.assign(host, { model: '', baseUrl: 'https://mirror.example/', backend: 'wasm' });
    assert.deepEqual(controller.options, {
      model: 'stt-1b-en_fr',
      backend: 'wasm',
      worker: 'auto',
      baseUrl: 'https://mirror.example/',
      whenFull: 'error',
    });
  });

  it('needs another engine after a change of the model, backend or worker, but not of when-full', () => {
    const controller = new ModelController(modelHost());
    for (const name of ['model', 'baseUrl', 'backend', 'workerSrc', 'assets', 'workerKind'])
      assert.isTrue(controller.hasChanged(new Map([[name, '']])), name);
    assert.isFalse(controller.hasChanged(new Map([['whenFull', 'error']])));
  });

  it('does not store the model once the visitor has agreed to that, until the model changes', () => {
    const controller = new ModelController(modelHost());
    controller.agree();
    assert.strictEqual(controller.options.whenFull, 'memory');
    controller.hasChanged(new Map([['backend', 'auto']]));
    assert.strictEqual(controller.whenFull, 'memory');
    controller.hasChanged(new Map([['model', 'owner/repo']]));
    assert.strictEqual(controller.whenFull, 'error');
  });

  it('has a notice for a model that is downloaded, but none for the embedded one', () => {
    const host = modelHost();
    const controller = new ModelController(host);
    assert.deepEqual(controller.notice, { availability: undefined, bytes: undefined, whenFull: 'error' });
    host.model = '';
    assert.isAbove(controller.notice?.bytes ?? 0, 600_000_000);
    host.model = 'demo';
    assert.isUndefined(controller.notice);
  });
});
