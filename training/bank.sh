#!/bin/sh
# Speaks everything: the tests, then the training bank. Resumable; `bank.sh 1` and `bank.sh 2` are two lanes for two cores.
: "${TRAIN_DATA:=$HOME/kyutai-stt-training}"; export TRAIN_DATA
cd "$(dirname "$0")" && P="nice -n 19 $TRAIN_DATA/v/bin/python"
[ -f "$TRAIN_DATA/kokoro-f32.onnx" ] || $P dequantise_kokoro.py
if [ "$1" = 1 ]; then
  $P synth.py espeak en a 8
  $P synth.py espeak fr a 10
  $P synth.py flite en a 3
  $P synth.py joe en a 4
  for e in 'espeak en' 'espeak fr' 'flite en' 'hibari en' 'kokoro en' 'kokoro fr'; do
    set -- $e; [ -f "$TRAIN_DATA/test/$1-$2-t.done" ] || { $P synth.py $1 $2 t 9 --test && touch "$TRAIN_DATA/test/$1-$2-t.done"; }
  done
  $P synth.py kokoro en a 3
  $P synth.py joe en b 6
  $P synth.py kokoro en b 6
else
  $P synth.py kokoro fr a 3
  $P synth.py kokoro fr b 9
fi
