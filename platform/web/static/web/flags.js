// The same flag that {% flag %} writes. `code` is ISO 3166 in any case; "" (an organisation) has none.

/** An <img> for the country; `alt` is empty where its name stands beside it. Null where there is no country. */
export function flagPicture(code, alt = "") {
  if (!/^[A-Za-z]{2}$/.test(code ?? "")) return null;
  const picture = document.createElement("img");
  picture.className = "flag-picture";
  picture.src = `${document.body.dataset.flags}${code.toUpperCase()}.svg`;
  picture.alt = alt;
  picture.width = 30;
  picture.height = 20;
  picture.decoding = "async";
  return picture;
}
