/** Draws one frame of the demo's video on the page's canvas. */

const WIDTH = 640;
const HEIGHT = 360;

/** In the order in which they speak. */
const PEOPLE = [
  { wall: ['#f3d9c4', '#e2b799'], skin: '#f1c7a5', shade: '#dfa983', hair: '#5a3423', top: '#2f6f73', style: 'bob' },
  { wall: ['#cfe0ea', '#9fbfd3'], skin: '#a9714b', shade: '#8d5a39', hair: '#1f1714', top: '#b4483c', style: 'bun' },
  { wall: ['#dbe5cf', '#b3c79d'], skin: '#eec4a0', shade: '#d6a279', hair: '#8a8078', top: '#34507c', style: 'short' },
];

/** How far the mouth is open, 0 … 1, for a loudness. Speech is between 0.02 and 0.2. */
const opening = (level) => Math.min(1, Math.max(0, (level - 0.006) / 0.11)) ** 0.6;

globalThis.drawFrame = ({ seconds, level, before, speaker }) => {
  const canvas = document.querySelector('canvas');
  const pen = canvas.getContext('2d');
  const person = PEOPLE[speaker % PEOPLE.length];
  const mouth = 0.65 * opening(level) + 0.35 * opening(before);
  drawRoom(pen, person, speaker);
  pen.save();
  pen.translate(WIDTH / 2 + 2 * Math.sin(seconds * 1.1), 6 + 2.5 * Math.sin(seconds * 1.7) - 3 * mouth);
  drawBody(pen, person);
  pen.translate(0, 150);
  pen.rotate(0.025 * Math.sin(seconds * 0.9 + speaker));
  drawHead(pen, person, mouth, seconds + speaker);
  pen.restore();
  return canvas.toDataURL('image/png');
};

function drawRoom(pen, { wall }, speaker) {
  const paint = pen.createLinearGradient(0, 0, 0, HEIGHT);
  paint.addColorStop(0, wall[0]);
  paint.addColorStop(1, wall[1]);
  pen.fillStyle = paint;
  pen.fillRect(0, 0, WIDTH, HEIGHT);
  pen.fillStyle = 'rgb(255 255 255 / 45%)';
  if (speaker % 3 === 0) {
    // A window.
    box(pen, 54, 40, 120, 150, 6);
    pen.fillStyle = wall[1];
    pen.fillRect(111, 40, 6, 150);
    pen.fillRect(54, 112, 120, 6);
  } else if (speaker % 3 === 1) {
    // Shelves.
    pen.fillStyle = 'rgb(60 40 20 / 35%)';
    pen.fillRect(450, 110, 150, 7);
    pen.fillRect(450, 195, 150, 7);
    ['#7a4b3a', '#c99a5b', '#3f6b6b', '#8d8fb0', '#b4483c', '#5b7a4a'].forEach((colour, i) => {
      pen.fillStyle = colour;
      pen.fillRect(458 + 22 * i, 110 - 44 - 6 * (i % 3), 17, 44 + 6 * (i % 3));
      pen.fillRect(590 - 24 * i - 17, 195 - 48 - 5 * (i % 2), 17, 48 + 5 * (i % 2));
    });
  } else {
    // A picture and a plant.
    box(pen, 60, 50, 130, 90, 4);
    pen.fillStyle = '#6e8f56';
    for (const [x, y, turn] of [
      [545, 170, -0.7],
      [560, 150, 0],
      [578, 172, 0.7],
    ]) {
      pen.beginPath();
      pen.ellipse(x, y, 17, 52, turn, 0, 2 * Math.PI);
      pen.fill();
    }
    pen.fillStyle = '#a7623f';
    box(pen, 530, 205, 62, 60, 8);
  }
}

function drawBody(pen, { skin, shade, top }) {
  pen.fillStyle = top;
  pen.beginPath();
  pen.moveTo(-150, 380);
  pen.bezierCurveTo(-150, 275, -95, 258, -42, 248);
  pen.lineTo(42, 248);
  pen.bezierCurveTo(95, 258, 150, 275, 150, 380);
  pen.fill();
  pen.fillStyle = shade;
  box(pen, -27, 205, 54, 60, 22);
  pen.fillStyle = skin;
  pen.beginPath();
  pen.ellipse(0, 250, 36, 20, 0, 0, Math.PI);
  pen.fill();
}

function drawHead(pen, { skin, shade, hair, style }, mouth, time) {
  pen.fillStyle = hair;
  if (style === 'bob') box(pen, -86, -96, 172, 190, 82);
  if (style === 'bun') {
    pen.beginPath();
    pen.arc(0, -112, 32, 0, 2 * Math.PI);
    pen.fill();
  }
  pen.beginPath();
  pen.ellipse(0, -22, 78, 84, 0, 0, 2 * Math.PI);
  pen.fill();
  // Ears, face; the jaw drops with the mouth.
  pen.fillStyle = shade;
  for (const x of [-70, 70]) {
    pen.beginPath();
    pen.ellipse(x, 6, 11, 17, 0, 0, 2 * Math.PI);
    pen.fill();
  }
  pen.fillStyle = skin;
  pen.beginPath();
  pen.moveTo(-68, -30);
  pen.bezierCurveTo(-72, 50, -44, 86 + 6 * mouth, 0, 88 + 8 * mouth);
  pen.bezierCurveTo(44, 86 + 6 * mouth, 72, 50, 68, -30);
  pen.bezierCurveTo(60, -86, -60, -86, -68, -30);
  pen.fill();
  // A fringe.
  pen.fillStyle = hair;
  pen.beginPath();
  pen.moveTo(-72, -18);
  pen.bezierCurveTo(-70, -96, 70, -104, 72, -18);
  pen.bezierCurveTo(48, -58, 10, -52, -18, -62);
  pen.bezierCurveTo(-40, -54, -60, -44, -72, -18);
  pen.fill();
  drawEyes(pen, hair, mouth, time);
  pen.strokeStyle = shade;
  pen.lineWidth = 4;
  pen.lineCap = 'round';
  pen.beginPath();
  pen.moveTo(2, 4);
  pen.quadraticCurveTo(11, 22, -1, 25);
  pen.stroke();
  drawMouth(pen, mouth);
}

function drawEyes(pen, hair, mouth, time) {
  const isBlinking = (time + 1.4) % 3.4 < 0.12;
  for (const side of [-1, 1]) {
    pen.fillStyle = '#fff';
    pen.beginPath();
    pen.ellipse(28 * side, -8, 12, isBlinking ? 1.5 : 9, 0, 0, 2 * Math.PI);
    pen.fill();
    if (!isBlinking) {
      pen.fillStyle = '#2d2118';
      pen.beginPath();
      pen.arc(28 * side + 1.5 * Math.sin(time * 0.6), -7, 5.5, 0, 2 * Math.PI);
      pen.fill();
    }
    pen.strokeStyle = hair;
    pen.lineWidth = 5;
    pen.beginPath();
    pen.moveTo(15 * side, -25 - 3 * mouth);
    pen.quadraticCurveTo(29 * side, -32 - 4 * mouth, 42 * side, -24 - 2 * mouth);
    pen.stroke();
  }
}

function drawMouth(pen, mouth) {
  const [half, drop] = [21 - 4 * mouth, 3 + 22 * mouth];
  pen.fillStyle = '#7c2a2a';
  pen.strokeStyle = '#b5534c';
  pen.lineWidth = 5;
  pen.beginPath();
  pen.moveTo(-half, 48);
  pen.quadraticCurveTo(0, 45 - 4 * mouth, half, 48);
  pen.quadraticCurveTo(0, 48 + 2 * drop, -half, 48);
  pen.fill();
  pen.stroke();
  if (mouth < 0.25) return;
  pen.fillStyle = '#fff';
  pen.beginPath();
  pen.ellipse(0, 48, half * 0.7, 4, 0, 0, Math.PI);
  pen.fill();
}

function box(pen, x, y, width, height, radius) {
  pen.beginPath();
  pen.roundRect(x, y, width, height, radius);
  pen.fill();
}
