"""What a place of the town is called, where it stands and when it is open: made from its number, so never stored."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from taquilla.demo.town_names import COUNTRIES, LAST_NAMES, STREETS
from taquilla.demo.town_people import CITIES
from taquilla.demo.town_reviews_json import mixed
from taquilla.demo.town_reviews_people import Kind
from taquilla.demo.town_reviews_written import World

DAYS: Final = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
# The cities are on no map: somewhere inland. (code, latitude, longitude, how far the cities lie apart in degrees)
WHERE: Final = {
    "Spain": ("ES", 40.1, -3.6, 1.5), "Mexico": ("MX", 22.4, -101.6, 1.5), "Ireland": ("IE", 53.2, -7.8, 0.5),
    "Colombia": ("CO", 4.7, -73.6, 1.0), "United States": ("US", 39.4, -95.2, 3.0),
    "Argentina": ("AR", -33.8, -63.6, 2.0), "United Kingdom": ("UK", 52.3, -1.4, 0.6),
    "Chile": ("CL", -35.4, -71.5, 0.4), "Peru": ("PE", -11.2, -75.4, 0.9),
    "Canada": ("CA", 50.4, -104.3, 3.0), "Uruguay": ("UY", -32.9, -56.1, 0.8),
    "Australia": ("AU", -33.1, 147.2, 1.5), "Ecuador": ("EC", -1.4, -78.6, 0.5),
    "New Zealand": ("NZ", -44.4, 170.3, 0.4),
}  # fmt: skip
NAMES: Final = {
    ("en", Kind.CINEMA): ("{} Cinema", "The {} Picture House", "{} Multiplex", "Odeon {}", "{} Drive-In"),
    ("es", Kind.CINEMA): ("Cine {}", "Multicines {}", "Cinema {}", "Sala {}", "Autocine {}"),
    ("en", Kind.SHOP): ("{} Video", "{}'s Rentals", "Video {}", "The {} Film Library"),
    ("es", Kind.SHOP): ("Videoclub {}", "Vídeo {}", "Películas {}", "El Rincón de {}"),
    ("en", Kind.CAFE): ("Café {}", "{}'s Coffee", "The {} Tea Room"),
    ("es", Kind.CAFE): ("Café {}", "Cafetería {}", "La Merienda de {}"),
}
LANGUAGE_OF_CITY: Final = np.array([("en", "es").index(COUNTRIES[country][0]) for country, _ in CITIES])
OPEN: Final = {Kind.CINEMA: (15, 24), Kind.SHOP: (10, 22), Kind.CAFE: (8, 21)}


@dataclass(frozen=True, slots=True)
class Place:
    """A place in words. level_tenths: how good it is; reviews: about how many; draw: for what else differs."""

    name: str
    kind: Kind
    street: str
    city: str
    state: str
    country: str
    language: str
    postal_code: str
    latitude: float
    longitude: float
    level_tenths: int
    reviews: int
    is_open: bool
    price_level: int
    draw: int

    @property
    def open_days(self) -> tuple[str, ...]:
        """Half of the shops and cafés rest on Mondays."""
        return DAYS[1:] if self.kind != Kind.CINEMA and self.draw % 2 else DAYS

    def hours(self, day: str) -> tuple[int, int]:
        """(opening, closing) as hours; 24 is midnight."""
        opens, closes = OPEN[self.kind]
        return (opens - 1 if day in DAYS[5:] else opens), closes - self.draw % 2


def place(world: World, number: int) -> Place:
    venues, sizes = world.venues, world.sizes
    draw = int(mixed(np.array([number]), 99)[0] >> np.uint64(8))
    country, city = CITIES[int(venues.city[number])]
    language, kind = COUNTRIES[country][0], Kind(int(venues.kind[number]))
    code, latitude, longitude, apart = WHERE[country]
    turn = COUNTRIES[country][1].index(city)
    names = NAMES[language, kind]
    house, street = 1 + draw // 7 % 180, STREETS[language][draw // 1_000 % len(STREETS[language])]
    return Place(
        name=names[draw % len(names)].format(LAST_NAMES[draw // 11 % len(LAST_NAMES)]),
        kind=kind,
        street=f"{house} {street}" if language == "en" else f"{street} {house}",
        city=city,
        state=code,
        country=country,
        language=language,
        postal_code=str(10_000 + draw // 13 % 89_999),
        latitude=round(latitude + apart * (turn - 1.5) / 2 + draw // 17 % 1_000 / 20_000, 6),
        longitude=round(longitude + apart * (turn % 2 - 0.5) + draw // 19 % 1_000 / 20_000, 6),
        level_tenths=int(venues.level[number]),
        reviews=1 + int(venues.size[number]) * sizes.reviews // int(venues.size_edges[-1]),
        is_open=int(venues.close_day[number]) >= sizes.days,
        price_level=1 + draw // 23 % 4,
        draw=draw,
    )
