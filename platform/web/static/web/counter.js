// How many characters are left, told politely near the end. Markup: a field with maxlength and data-counted;
// the words stand in <body data-left="… {number} …">.

const TOLD_FROM = 50;

export function watchCounters(root) {
  for (const field of root.querySelectorAll("[data-counted][maxlength]")) watchCounter(field);
}

export function watchCounter(field) {
  const words = document.body.dataset.left;
  if (!words || field.dataset.watched) return;
  field.dataset.watched = "yes";
  const line = document.createElement("p");
  line.className = "field-left quiet";
  const spoken = document.createElement("p");
  spoken.className = "visually-hidden";
  spoken.setAttribute("role", "status");
  field.after(line, spoken);
  const tell = () => {
    // Code points, as the server counts.
    const left = field.maxLength - [...field.value].length;
    line.textContent = words.replace("{number}", String(left));
    if (left <= TOLD_FROM && left % 10 === 0) spoken.textContent = line.textContent;
  };
  field.addEventListener("input", tell);
  tell();
}
