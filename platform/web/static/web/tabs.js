// Columns that become tabs on a narrow screen. Markup: <nav data-tabs> with links to the sections' ids.
// On a wide screen all sections stand side by side and the links only jump.

const narrow = matchMedia("(width < 60rem)");

export function watchTabs(root) {
  for (const nav of root.querySelectorAll("[data-tabs]")) watch(nav);
  for (const nav of root.querySelectorAll(".tabs")) bringIntoSight(nav);
}

// A row of tabs wider than a phone shows the one where the reader is.
function bringIntoSight(nav) {
  const here = nav.querySelector("[aria-current]");
  if (!here || nav.scrollWidth <= nav.clientWidth) return;
  const [row, tab] = [nav.getBoundingClientRect(), here.getBoundingClientRect()];
  nav.scrollLeft += tab.left + tab.width / 2 - (row.left + row.width / 2);
}

function watch(nav) {
  const links = [...nav.querySelectorAll("a[href^='#']")];
  const panels = links.map((link) => document.getElementById(link.hash.slice(1)));
  if (!links.length || panels.includes(null)) return;
  let shown = Math.max(0, links.findIndex((link) => link.hash === location.hash));

  const draw = () => {
    links.forEach((link, place) => {
      panels[place].hidden = narrow.matches && place !== shown;
      if (place === shown) link.setAttribute("aria-current", "true");
      else link.removeAttribute("aria-current");
    });
  };
  const show = (place) => {
    shown = (place + links.length) % links.length;
    draw();
  };
  links.forEach((link, place) => {
    link.addEventListener("click", (event) => {
      if (narrow.matches) event.preventDefault();
      show(place);
    });
  });
  nav.addEventListener("keydown", ({ key }) => {
    const forwards = getComputedStyle(nav).direction === "rtl" ? "ArrowLeft" : "ArrowRight";
    if (key !== "ArrowLeft" && key !== "ArrowRight") return;
    show(shown + (key === forwards ? 1 : -1));
    links[shown].focus();
  });
  narrow.addEventListener("change", draw);
  draw();
}
