// What every page does by itself once scripts run. Without scripts every page works all the same.
import { watchCounters } from "./counter.js";
import { watchDialogs } from "./dialog.js";
import { watchMenus } from "./menu.js";
import { watchTabs } from "./tabs.js";
import { watchTheme } from "./theme.js";
import { localise } from "./times.js";

document.documentElement.classList.add("scripted");
watchMenus(document);
watchTheme(document);
watchDialogs(document);
watchCounters(document);
watchTabs(document);
localise(document);
// After a form came back with errors, their summary is the first thing to read.
document.querySelector("[data-takes-focus]")?.focus();
