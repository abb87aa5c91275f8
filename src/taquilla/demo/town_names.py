"""The words that the town is made of: people, streets, cities and film titles, all of them invented.

Only the countries are real. Nobody is meant: a first and a last name are drawn apart from each other.
"""

from typing import Final


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


FIRST_NAMES: Final = _words(
    "Ada Adrián Alba Alejandra Alice Amelia Amparo Ana Andrés Arthur Aurora Beatriz Ben Blanca Brenda Bruno Camila "
    "Carla Carmen Cecilia Clara Conor Daniela David Diego Edith Eduardo Elena Eleanor Elías Emilia Emma Enrique "
    "Esteban Esther Ethan Eva Fátima Felipe Fiona Florencia Frances Gabriel George Gloria Grace Graciela Guillermo "
    "Harriet Héctor Helen Hugo Ignacio Inés Irene Isabel Iván Jack Javier Jimena Joan Joaquín Julia Julián Karen "
    "Laura Leo Leonor Lola Lorenzo Lucía Luis Maeve Manuel Marcos Margaret Mariana Marta Martín Mateo Matilda Maya "
    "Mercedes Miguel Miriam Mónica Nadia Natalia Nicolás Nina Noa Nora Olga Oliver Oscar Owen Pablo Patricia Paula "
    "Pedro Peter Pilar Quinn Rafael Ramón Raquel Renata Ricardo Rita Roberto Rosa Rubén Ruth Samuel Sandra Santiago "
    "Sara Sergio Silvia Simon Sofía Stella Susan Tadeo Teresa Theo Thomas Tomás Valentina Vera Verónica Vicente "
    "Victoria Violet Walter Ximena Yolanda Zoe"
)
LAST_NAMES: Final = _words(
    "Abbott Acosta Aguilar Alonso Archer Arroyo Ashdown Ayala Baker Barrios Becker Benítez Blake Bravo Brennan "
    "Cabrera Calloway Campos Cárdenas Carver Castaño Chambers Cifuentes Collins Córdoba Cortés Crespo Dalton "
    "Delgado Doyle Duarte Dunne Echeverría Ellis Escobar Espinosa Fairley Ferrer Figueroa Fisher Flores Forde "
    "Gallardo Garrido Gibbs Giraldo Granger Guerrero Hale Harper Heredia Herrera Holloway Hurtado Ibáñez Iglesias "
    "Jensen Jiménez Keane Keller Lagos Larkin Lázaro Leighton Linares Lozano Luna Maldonado Marlow Márquez Medina "
    "Mercer Molina Montero Moreno Navarro Nolan Núñez O'Dea Ocampo Ortega Osborne Pacheco Palacios Palmer Paredes "
    "Parrish Peralta Porter Prieto Quintana Quirke Ramos Redmond Reyes Ríos Robles Rowan Salazar Sandoval Serrano "
    "Sheridan Solano Soto Stanton Suárez Tapia Thorne Toledo Trujillo Urbina Valdés Valencia Vargas Velasco "
    "Villalba Walsh Warren Whitaker Winslow Yates Zamora Zapata Zúñiga"
)

STREETS: Final = {
    "en": (
        "Matinee Street",
        "Reel Lane",
        "Curtain Road",
        "Balcony Avenue",
        "Usher Close",
        "Marquee Drive",
        "Popcorn Row",
    ),
    "es": (
        "Calle del Estreno",
        "Avenida Butaca",
        "Calle Taquilla",
        "Paseo del Telón",
        "Carrera Matiné",
        "Plaza Bobina",
    ),
}
FLATS: Final = {"en": "Flat", "es": "Piso"}
DISTRICTS: Final = {
    "en": ("North Side", "Old Town", "Harbour", "Mill Quarter", "West Hill"),
    "es": ("Centro", "Barrio Norte", "Puerto Viejo", "Las Huertas", "Loma Alta"),
}

# country: (language of its streets, cities that are on no map)
COUNTRIES: Final = {
    "Spain": ("es", ("Villarreflejo", "Torrebobina", "Puerto Celuloide", "Fuentecámara", "Alcoroto")),
    "Mexico": ("es", ("San Carrete", "Valle Proyector", "Tlalcinema", "Monte Claqueta")),
    "Ireland": ("en", ("Ballyreel", "Kilprojector", "Dunmatinee")),
    "Colombia": ("es", ("Santa Linterna", "Río Butaca", "Puerto Fotograma", "Villa Telón")),
    "United States": ("en", ("Marqueeton", "Spoolville", "Popcorn Falls", "Lake Lantern", "Reelsburg")),
    "Argentina": ("es", ("Colonia Cinema", "Pampa Clara de Luz", "Villa Taquilla")),
    "United Kingdom": ("en", ("Spoolham", "Curtainbury", "Nether Projection", "Ushermouth")),
    "Chile": ("es", ("Valpantalla", "Puerto Bobina", "Los Estrenos")),
    "Peru": ("es", ("Cuscarrete", "Villa Matiné", "Alto Celuloide")),
    "Canada": ("en", ("Reel River", "Fort Intermission", "Balcony Bay")),
    "Uruguay": ("es", ("Paso de la Butaca", "San Fotograma")),
    "Australia": ("en", ("Wattle Screen", "Drive-In Creek", "Port Premiere")),
    "Ecuador": ("es", ("Nueva Cartelera", "Quebrada del Cine")),
    "New Zealand": ("en", ("Kea Screens", "Matinee Sound")),
}

# Films of the shop that no catalogue has.
INVENTED_TITLES: Final = tuple(
    f"{opening} {closing}"
    for opening in ("Seven Lanterns of", "The Cartographer of", "Nobody Waters", "A Telegram for", "El último farol de")
    for closing in ("Ballyreel", "Villarreflejo", "Spoolham", "San Carrete", "Marqueeton", "Valpantalla", "Torrebobina")
) + tuple(
    f"{opening} {closing}"
    for opening in ("La costurera y", "Los relojes de", "The Umbrella and", "Crónica de", "Goodnight to")
    for closing in ("Puerto Celuloide", "Popcorn Falls", "Tlalcinema", "Ushermouth", "Río Butaca", "Reel River")
)
