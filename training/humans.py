"""Recordings of people that Debian packages carry, as test clips in people/:  python humans.py

English: pocketsphinx's test data (LibriVox readers, AN4 and others; never trained on). French: Armelle Desjardins' Asterisk prompts (never trained on; Asterisk's June is another speaker).
The transcripts come from the packages; Armelle's prompts have the texts of Asterisk's French list by the same file names."""
import gzip, json, re, subprocess
from pathlib import Path
import numpy as np, soundfile as sf
from paths import DATA, PACKAGES

OUT = DATA / 'people'
SPHINX = Path('/usr/share/pocketsphinx/test/data')
DIGITS = dict(zip('0123456789', 'zero one two three four five six seven eight nine'.split()))


def raw(path, rate=16000):
    return np.fromfile(path, '<i2').astype(np.float32) / 32768, rate


def decoded(path):
    r = subprocess.run(['ffmpeg', '-v', 'error', '-i', str(path), '-ar', '24000', '-ac', '1', '-f', 's16le', '-'], capture_output=True, check=True)
    return np.frombuffer(r.stdout, '<i2').astype(np.float32) / 32768, 24000


def main():
    OUT.mkdir(exist_ok=True)
    clips = []

    def add(kind, lang, text, audio, rate):
        name = f'{len(clips):04d}.wav'
        sf.write(OUT / name, audio, rate)
        clips.append({'file': name, 'set': kind, 'lang': lang, 'text': text})

    lines = (SPHINX / 'librivox/transcription').read_text().splitlines()
    for line in lines:
        m = re.match(r'<s>\s*(.*?)\s*</s>\s*\((\S+)\)', line)
        if m:
            add('people: LibriVox, en', 'en', m[1], *sf.read(SPHINX / f'librivox/{m[2]}.wav', dtype='float32'))
    for line in (SPHINX / 'cards/cards.transcription').read_text().splitlines():
        m = re.match(r'<s>\s*(.*?)\s*</s>\s*\((\S+)\)', line)
        if m:
            add('people: commands, en', 'en', m[1], *sf.read(SPHINX / f'cards/{m[2]}.wav', dtype='float32'))
    add('people: commands, en', 'en', 'go forward ten meters', *raw(SPHINX / 'goforward.raw'))
    for f in sorted((SPHINX / 'tidigits').glob('*.raw')):
        m = re.match(r'\w+\.([0-9zo]+)[ab]?$', f.stem)
        if m:
            add('people: commands, en', 'en', ' '.join({'z': 'zero', 'o': 'oh'}.get(c) or DIGITS[c] for c in m[1]), *raw(f, 8000 if 'tidigits8k' in str(f) else 16000))
    texts = {}
    for line in gzip.open('/usr/share/doc/asterisk-core-sounds-fr/core-sounds-fr.txt.gz', 'rt', encoding='utf8', errors='replace'):
        if ': ' in line and not line.startswith(';'):
            name, text = line.strip().split(': ', 1)
            texts[name.split('/')[-1]] = text
    for f in sorted((PACKAGES / 'deb/usr/share/asterisk/sounds').rglob('*.gsm')):
        t = texts.get(f.stem, '')
        if t and not re.search(r'[\[\]()<>0-9@]', t) and f.parent.name == 'fr' and 2 <= len(t.split()) <= 25:
            add('people: Armelle, fr', 'fr', t, *decoded(f))
    json.dump(clips, open(OUT / 'test.json', 'w'), ensure_ascii=False, indent=1)
    print({k: sum(c['set'] == k for c in clips) for k in sorted({c['set'] for c in clips})})


main()
