// The camera reads codes: by the browser itself where it can, by a library where it cannot.

const EVERY = 120; // milliseconds between two looks

async function reader() {
  if ("BarcodeDetector" in window) {
    const formats = await BarcodeDetector.getSupportedFormats();
    if (formats.includes("qr_code")) {
      const detector = new BarcodeDetector({ formats: ["qr_code"] });
      return async (video) => (await detector.detect(video))[0]?.rawValue ?? "";
    }
  }
  const { decodeQR } = await import("../vendor/qr/decode.js");
  const canvas = document.createElement("canvas");
  const drawing = canvas.getContext("2d", { willReadFrequently: true });
  return async (video) => {
    // Half a megapixel is enough for a badge at arm's length, and quick on an old phone.
    const scale = Math.min(1, 800 / Math.max(video.videoWidth, video.videoHeight));
    canvas.width = Math.round(video.videoWidth * scale);
    canvas.height = Math.round(video.videoHeight * scale);
    drawing.drawImage(video, 0, 0, canvas.width, canvas.height);
    try {
      return decodeQR(drawing.getImageData(0, 0, canvas.width, canvas.height));
    } catch {
      return ""; // no code in sight
    }
  };
}

// Shows what the camera sees and tells each text it reads. Returns what stops it; throws where there is no camera.
export async function watch(video, tell) {
  const stream = await navigator.mediaDevices.getUserMedia({
    audio: false,
    video: { facingMode: "environment", width: { ideal: 1280 } },
  });
  let timer = 0;
  const stop = () => {
    clearTimeout(timer);
    timer = -1;
    for (const track of stream.getTracks()) track.stop();
    video.srcObject = null;
  };
  try {
    video.srcObject = stream;
    await video.play();
    const read = await reader();
    const look = async () => {
      if (timer === -1) return;
      const text = video.videoWidth ? await read(video) : "";
      if (text) tell(text);
    };
    const again = () => {
      // A picture that cannot be read is followed by one that can.
      const next = () => look().catch(() => {}).then(again);
      if (timer !== -1) timer = setTimeout(next, EVERY);
    };
    await look();
    again();
  } catch (error) {
    stop();
    throw error;
  }
  return stop;
}
