#!/bin/sh
# The whole training, resumable: run it again after any stop and it goes on. Three stages; each is skipped once it is done.
#   sh train.sh            codec, then codes, then language model, then the checkpoint in $TRAIN_DATA/checkpoint
# CODEC_STEPS (default kept: the codec of this folder; 4500 trains it), FILES (of codes, 32 minutes of speech each) and LM_STEPS may be set.
: "${TRAIN_DATA:=$HOME/kyutai-stt-training}" "${CODEC_STEPS:=kept}" "${FILES:=160}" "${LM_STEPS:=6000}"
export TRAIN_DATA OMP_NUM_THREADS=1
cd "$(dirname "$0")" && P="nice -n 19 $TRAIN_DATA/v/bin/python"
lane2() { sh bank.sh 2 >> "$TRAIN_DATA/bank2.log" 2>&1; }
sh bank.sh 1 >> "$TRAIN_DATA/bank1.log" 2>&1 &
# the codec in the repository, unless this machine has one or CODEC_STEPS asks for another
if [ ! -f "$TRAIN_DATA/codec.pt" ] && [ "$CODEC_STEPS" = kept ]; then $P keep.py RESTORE || exit 1; fi
if [ "$CODEC_STEPS" != kept ]; then $P train_codec.py "$CODEC_STEPS" >> "$TRAIN_DATA/codec.log" 2>&1 || exit 1; fi
# encoding needs speech of every kind
while [ ! -s "$TRAIN_DATA/bank/joe-en-a.jsonl" ]; do sleep 20; done
lane2 &
$P encode.py 0 "$FILES" 2 >> "$TRAIN_DATA/encode.log" 2>&1 &
E1=$!
$P encode.py 1 "$FILES" 2 >> "$TRAIN_DATA/encode.log" 2>&1 &
# the language model begins when there is something to read, and reads what is added
while [ "$(find "$TRAIN_DATA/codes" -name '[0-9]*[0-9].npz' 2>/dev/null | wc -l)" -lt 24 ] && kill -0 $E1; do sleep 20; done
$P train_lm.py "$LM_STEPS" >> "$TRAIN_DATA/lm.log" 2>&1 || exit 1
$P export.py "$TRAIN_DATA/checkpoint" && $P evaluate.py "$TRAIN_DATA/checkpoint" >> "$TRAIN_DATA/evaluate.log" 2>&1 &&
  $P evaluate.py "$TRAIN_DATA/checkpoint" --q4 >> "$TRAIN_DATA/evaluate.log" 2>&1
