"""A conference's own colour, made readable: whatever an organiser picks, words in it and on it can be read.

Colours are written `#rrggbb`. Contrast is that of WCAG 2.2: from 1 (none) to 21 (black on white).
Lightness is moved in the OKLab space, where the hue stays what the organiser chose.
"""

from dataclasses import dataclass

Triple = tuple[float, float, float]


@dataclass(frozen=True, kw_only=True)
class Theme:
    """What the accent has to be read on. The same values stand in base.css; a test holds the two together."""

    surfaces: tuple[str, ...]
    on_accent: str
    # How much of the accent its quiet tint holds.
    tint: float
    at_least: float


THEMES = {
    "light": Theme(surfaces=("#fcfbf8", "#ffffff", "#f4f2ec"), on_accent="#ffffff", tint=0.09, at_least=4.5),
    "dark": Theme(surfaces=("#12151a", "#1a1e25", "#0c0e12"), on_accent="#0c0e12", tint=0.16, at_least=4.5),
    "stage": Theme(surfaces=("#07090c", "#10141a", "#000000"), on_accent="#000000", tint=0.16, at_least=7.0),
}


def contrast(one: str, other: str) -> float:
    """How far apart two colours are in brightness, from 1 to 21."""
    lighter, darker = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def mixed(one: str, other: str, share: float) -> str:
    """`share` (0 to 1) of `one` in `other`."""
    pairs = zip(_channels(one), _channels(other), strict=True)
    return _written(tuple(a * share + b * (1 - share) for a, b in pairs))  # type: ignore[arg-type]


def readable(colour: str, *, on: tuple[str, ...], at_least: float) -> str:
    """The colour itself, or the nearest lightness of its hue that reaches `at_least` on every surface of `on`.

    Dark surfaces make it lighter, light ones darker; black or white is the last resort.
    """
    lighter = _luminance(on[0]) < 0.18
    lightness, a, b = _to_oklab(colour)
    for step in range(101):
        moved = lightness + (1 - lightness if lighter else -lightness) * step / 100
        # Very light and very dark colours hold little chroma; keeping it would only clip to another hue.
        chroma = 1 - step / 100 if step > 60 else 1.0
        candidate = colour if step == 0 else _from_oklab((moved, a * chroma, b * chroma))
        if all(contrast(candidate, surface) >= at_least for surface in on):
            return candidate
    return "#ffffff" if lighter else "#000000"


def accent_tokens(accent: str, theme: str) -> dict[str, str]:
    """The custom properties that a conference's colour becomes in `theme` (light, dark or stage)."""
    look = THEMES[theme]
    soft = mixed(accent, look.surfaces[0], look.tint)
    # The words' colour goes on the tint too.
    colour = readable(accent, on=(*look.surfaces, soft, look.on_accent), at_least=look.at_least)
    return {"--accent": colour, "--accent-ink": look.on_accent, "--accent-soft": soft}


def accent_stylesheet(accent: str) -> str:
    """The stylesheet of one colour: the reader's system decides between light and dark unless they chose."""
    light, dark, stage = (_declared(accent_tokens(accent, theme)) for theme in ("light", "dark", "stage"))
    return (
        "@layer accent{"
        f":root{{{light}}}"
        f"@media (prefers-color-scheme:dark){{:root:not([data-theme]){{{dark}}}}}"
        f':root[data-theme="dark"]{{{dark}}}'
        f':root[data-theme="stage"]{{{stage}}}'
        f"@media print{{:root,:root:not([data-theme]),:root[data-theme]{{{light}}}}}"
        "}\n"
    )


def _declared(tokens: dict[str, str]) -> str:
    return ";".join(f"{name}:{value}" for name, value in tokens.items())


def _channels(colour: str) -> Triple:
    red, green, blue = (int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5))
    return red, green, blue


def _written(channels: Triple) -> str:
    return "#" + "".join(f"{round(min(max(channel, 0), 1) * 255):02x}" for channel in channels)


def _linear(channel: float) -> float:
    return channel / 12.92 if channel <= 0.04045 else ((channel + 0.055) / 1.055) ** 2.4


def _encoded(channel: float) -> float:
    channel = max(channel, 0.0)
    return channel * 12.92 if channel <= 0.0031308 else 1.055 * channel ** (1 / 2.4) - 0.055


def _luminance(colour: str) -> float:
    red, green, blue = (_linear(channel) for channel in _channels(colour))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _to_oklab(colour: str) -> Triple:
    """The matrices are those of Björn Ottosson's definition of OKLab."""
    r, g, b = (_linear(channel) for channel in _channels(colour))
    long = (0.4122214708 * r + 0.5363325363 * g + 0.0514459929 * b) ** (1 / 3)
    medium = (0.2119034982 * r + 0.6806995451 * g + 0.1073969566 * b) ** (1 / 3)
    short = (0.0883024619 * r + 0.2817188376 * g + 0.6299787005 * b) ** (1 / 3)
    return (
        0.2104542553 * long + 0.7936177850 * medium - 0.0040720468 * short,
        1.9779984951 * long - 2.4285922050 * medium + 0.4505937099 * short,
        0.0259040371 * long + 0.7827717662 * medium - 0.8086757660 * short,
    )


def _from_oklab(lab: Triple) -> str:
    lightness, a, b = lab
    long = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3
    medium = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3
    short = (lightness - 0.0894841775 * a - 1.2914855480 * b) ** 3
    return _written(
        (
            _encoded(4.0767416621 * long - 3.3077115913 * medium + 0.2309699292 * short),
            _encoded(-1.2684380046 * long + 2.6097574011 * medium - 0.3413193965 * short),
            _encoded(-0.0041960863 * long - 0.7034186147 * medium + 1.7076147010 * short),
        )
    )
