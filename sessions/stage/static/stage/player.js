// What every player of the stage needs: hls.js when it is first wanted, and the part of a stream that is sound alone.

let loading;

/** hls.js, fetched when first needed; null where it cannot be had. */
export function library(address) {
  loading ??= new Promise((resolve) => {
    const script = document.createElement("script");
    script.src = address;
    script.onload = () => resolve(window.Hls ?? null);
    script.onerror = () => {
      loading = undefined;
      resolve(null);
    };
    document.head.append(script);
  });
  return loading;
}

/** The address of a stream with sound and no picture, if the playlist offers one. */
export function soundAlone(levels, tracks = []) {
  const level = levels.find(({ attrs }) => attrs.CODECS && !/avc|hvc|hev|vp0?9|av01|dvh/.test(attrs.CODECS));
  return level?.url ?? tracks.find(({ url }) => url)?.url;
}
