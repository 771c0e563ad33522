import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  ariaOf,
  isPressOf,
  isReleaseOf,
  labelOf,
  parseHotkey,
  type Hotkey,
} from '../../../../src/element/hands-free/hotkey.js';

const ENGLISH = { shift: 'Shift', space: 'Space' };
const FRENCH = { shift: 'Maj', space: 'Espace' };

function parsed(text: string, apple = false): Hotkey {
  const found = parseHotkey(text, apple);
  if (typeof found === 'string') throw new Error(found);
  return found;
}

function refusal(text: string): string {
  const found = parseHotkey(text, false);
  return typeof found === 'string' ? found : 'nothing';
}

/** A `KeyboardEvent` with `modifiers` down. */
function press(key: string, code: string, ...modifiers: string[]): KeyboardEvent {
  const getModifierState = (name: string): boolean => modifiers.includes(name);
  return { key, code, getModifierState } as unknown as KeyboardEvent;
}

describe('parseHotkey', () => {
  for (const [text, aria, label] of [
    ['Ctrl+Shift+D', 'Control+Shift+D', 'Ctrl+Shift+D'],
    [' ctrl + shift + d ', 'Control+Shift+D', 'Ctrl+Shift+D'],
    ['Shift+Control+d', 'Control+Shift+D', 'Ctrl+Shift+D'],
    ['Alt+1', 'Alt+1', 'Alt+1'],
    ['Mod+Space', 'Control+Space', 'Ctrl+Space'],
    ['Meta+é', 'Meta+É', 'Meta+É'],
    ['f9', 'F9', 'F9'],
    ['Shift+F24', 'Shift+F24', 'Shift+F24'],
    ['pause', 'Pause', 'Pause'],
    ['Ctrl++', 'Control+Plus', 'Ctrl++'],
    ['Ctrl+arrowup', 'Control+ArrowUp', 'Ctrl+ArrowUp'],
  ] as const)
    it(`reads ${JSON.stringify(text)}`, () => {
      assert.equal(ariaOf(parsed(text)), aria);
      assert.equal(labelOf(parsed(text), ENGLISH, false), label);
    });

  it('writes keys as the platform and the language do', () => {
    assert.equal(labelOf(parsed('Shift+Mod+Space'), FRENCH, false), 'Ctrl+Maj+Espace');
    assert.equal(labelOf(parsed('Shift+Mod+D', true), ENGLISH, true), '⇧⌘D');
    assert.equal(ariaOf(parsed('Mod+D', true)), 'Meta+D');
  });

  for (const text of [
    'd',
    'D',
    'Shift+D',
    '7',
    'Space',
    'Shift+Space',
    'Enter',
    'é',
    '+',
    'Delete',
    'ArrowUp',
    'Shift+Home',
  ])
    it(`refuses ${text}, which types or moves in a field`, () => {
      assert.match(refusal(text), /^is a key that people type with, expected Ctrl, Alt or Meta.*"F9"$/);
    });

  for (const [text, found] of [
    ['Ctrl', /^has no key but modifiers, expected .* such as/],
    ['Ctrl+Shift', /^has no key but modifiers/],
    ['Ctrl+', /^names the key "", expected/],
    ['Ctrl+Foo', /^names the key "Foo", expected/],
    ['Escape', /^names the key "Escape", expected/],
    ['F25', /^names the key "F25", expected/],
    ['Hyper+D', /^names "Hyper", expected Ctrl/],
    ['Ctrl D', /^names the key "Ctrl D", expected/],
    ['D+Ctrl', /^names "D", expected Ctrl/],
    ['+D', /^names "", expected Ctrl/],
  ] as const)
    it(`says what is wrong with ${text}`, () => {
      assert.match(refusal(text), found);
    });
});

describe('isPressOf', () => {
  const hotkey = parsed('Ctrl+Shift+D');

  it('needs exactly the modifiers', () => {
    assert.ok(isPressOf(hotkey, press('D', 'KeyD', 'Control', 'Shift'), false));
    assert.ok(!isPressOf(hotkey, press('d', 'KeyD', 'Control'), false));
    assert.ok(!isPressOf(hotkey, press('D', 'KeyD', 'Control', 'Shift', 'Alt'), false));
    assert.ok(!isPressOf(hotkey, press('D', 'KeyD'), false));
  });

  it('goes by the letter, not by its place', () => {
    const onAzerty = parsed('Ctrl+A');
    assert.ok(isPressOf(onAzerty, press('a', 'KeyQ', 'Control'), false));
    assert.ok(!isPressOf(onAzerty, press('q', 'KeyA', 'Control'), false));
  });

  it('goes by the place where the key types another script, a sign or nothing', () => {
    assert.ok(isPressOf(hotkey, press('В', 'KeyD', 'Control', 'Shift'), false));
    assert.ok(isPressOf(parsed('Ctrl+Shift+1'), press('!', 'Digit1', 'Control', 'Shift'), false));
    assert.ok(isPressOf(parsed('Ctrl+1'), press('&', 'Digit1', 'Control'), false));
    assert.ok(isPressOf(parsed('Alt+D'), press('∂', 'KeyD', 'Alt'), true));
    assert.ok(isPressOf(parsed('Alt+E'), press('Dead', 'KeyE', 'Alt'), true));
    assert.ok(isPressOf(parsed('Ctrl+Space'), press(' ', 'Space', 'Control'), false));
  });

  it('leaves the characters of AltGr alone', () => {
    assert.ok(!isPressOf(parsed('Ctrl+Alt+E'), press('€', 'KeyE', 'Control', 'Alt', 'AltGraph'), false));
    assert.ok(!isPressOf(parsed('Alt+Q'), press('@', 'KeyQ', 'AltGraph'), false));
  });
});

describe('isReleaseOf', () => {
  it('is the release of the key or of one of its modifiers', () => {
    const hotkey = parsed('Ctrl+D');
    assert.ok(isReleaseOf(hotkey, press('d', 'KeyD', 'Control'), 'KeyD'));
    assert.ok(isReleaseOf(hotkey, press('Control', 'ControlLeft'), 'KeyD'));
    assert.ok(!isReleaseOf(hotkey, press('Shift', 'ShiftLeft', 'Control'), 'KeyD'));
    assert.ok(!isReleaseOf(hotkey, press('e', 'KeyE', 'Control'), 'KeyD'));
  });
});
