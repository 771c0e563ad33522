/** A page written for react-speech-recognition; one line of it uses this package. */
import { KyutaiSpeechRecognition } from 'kyutai-stt/speech-recognition.js';
import { createRoot } from 'react-dom/client';
import SpeechRecognition, { useSpeechRecognition } from 'react-speech-recognition';

SpeechRecognition.applyPolyfill(KyutaiSpeechRecognition.configure({ model: 'demo' }));

function Dictaphone() {
  const { transcript, finalTranscript, listening, browserSupportsSpeechRecognition } = useSpeechRecognition();
  return (
    <>
      <button onClick={() => SpeechRecognition.startListening({ continuous: true, language: 'en-US' })}>Start</button>
      <button onClick={() => SpeechRecognition.stopListening()}>Stop</button>
      <output id="supported">{String(browserSupportsSpeechRecognition)}</output>
      <output id="listening">{String(listening)}</output>
      <output id="transcript">{transcript}</output>
      <output id="final">{finalTranscript}</output>
    </>
  );
}

createRoot(document.getElementById('root')).render(<Dictaphone />);
