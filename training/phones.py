"""One set of phones for all synthesisers and both languages."""
import re

PHONES = ['_'] + '''p b t d k g f v θ ð s z ʃ ʒ h m n ŋ ɲ l ɹ ʁ w j ɥ ɾ i ɪ e ɛ æ a ɑ ɔ o ʊ u ʌ ə ɜ y ø œ ɛ̃ ɑ̃ ɔ̃'''.split()
ID = {p: i for i, p in enumerate(PHONES)}

# two letters for what is two sounds one after the other
SPLIT = {'A': 'eɪ', 'I': 'aɪ', 'W': 'aʊ', 'Y': 'ɔɪ', 'O': 'oʊ', 'Q': 'əʊ', 'ʤ': 'dʒ', 'ʧ': 'tʃ', 'ʣ': 'dz', 'ʦ': 'ts'}
SAME = {'ɡ': 'g', 'ʀ': 'ʁ', 'r': 'ɹ', 'ɻ': 'ɹ', 'ɐ': 'ʌ', 'ɒ': 'ɑ', 'ɫ': 'l', 'ɚ': 'ɜ', 'ɝ': 'ɜ', 'x': 'h', 'χ': 'ʁ', 'ʔ': 't', 'ɨ': 'ɪ', 'ᵻ': 'ɪ', 'ᵊ': 'ə', 'T': 'ɾ',
        'ç': 'h', 'ʍ': 'w', 'ɵ': 'ø', 'ʉ': 'u', 'ɘ': 'ə', 'c': 'k', 'ɬ': 'l', 'œ̃': 'ɛ̃', 'ɐ̃': 'ɑ̃', 'ã': 'ɑ̃', 'õ': 'ɔ̃', 'ẽ': 'ɛ̃', 'ɪ̃': 'ɛ̃', 'oʊ̃': 'ɔ̃'}
CMU = dict(aa='ɑ', ae='æ', ah='ʌ', ao='ɔ', aw='aʊ', ax='ə', axr='ɜ', ay='aɪ', b='b', ch='tʃ', d='d', dh='ð', dx='ɾ', eh='ɛ', er='ɜ', ey='eɪ', f='f', g='g', hh='h',
           ih='ɪ', iy='i', jh='dʒ', k='k', l='l', m='m', n='n', ng='ŋ', ow='oʊ', oy='ɔɪ', p='p', r='ɹ', s='s', sh='ʃ', t='t', th='θ', uh='ʊ', uw='u', v='v', w='w', y='j', z='z', zh='ʒ')


def units(ipa):
    """The phones of a piece of IPA: 'tʃˈɛːst' -> ['t', 'ʃ', 'ɛ', 's', 't']; what is no phone is left out."""
    ipa = ''.join(SPLIT.get(c, c) for c in ipa)
    out = []
    for p in re.findall('[^\u0300-\u036f][\u0300-\u036f]*', ipa):
        p = SAME.get(p, p)
        if p not in ID:
            p = SAME.get(p[0], p[0])
        if p in ID and p != '_':
            out.append(p)
    return out


def spread(timed):
    """[(ipa, start, end)] -> [(phone, start, end)], a span shared evenly by the phones in it."""
    out = []
    for ipa, s, e in timed:
        u = units(ipa)
        for i, p in enumerate(u):
            out.append((p, s + (e - s) * i / len(u), s + (e - s) * (i + 1) / len(u)))
    return out
