"""The notes of steps in words: each as the pipeline writes it, and messages that stay as they are."""

import pytest

from taquilla.pipeline.steps import STEPS
from taquilla.web.language import CODES, language
from taquilla.web.pages.notes import note_in_words

NOTES = [
    ("1,204 snapshots", "1,204 snapshots", "instantáneas: 1.204"),
    ("31 pictures, 2 charts without data", "31 pictures, 2 charts without data", "imágenes: 31, gráficos sin datos: 2"),
    ("R2 on later films: success 0.41, popularity -0.05", None,
     "R² en películas posteriores: éxito 0,41, popularidad -0,05"),
    ("12,000 new, 3 stale", "12,000 new, 3 stale", "nuevas: 12.000, por renovar: 3"),
    ("1,000 rows past 180 days deleted, 4 small files merged", None,
     "filas de más de 180 días borradas: 1.000, archivos pequeños unidos: 4"),
    ("3 failed or gone with the topic of before", None, "fallidas o perdidas con el tema anterior: 3"),
    ("partition 0 begins anew at offset 1,204; partition 3 begins anew at offset 7", None,
     "la partición 0 empieza de nuevo en el offset 1.204; la partición 3 empieza de nuevo en el offset 7"),
    ("27 pictures; from PostgreSQL", "27 pictures; from PostgreSQL", "imágenes: 27; desde PostgreSQL"),
    ("R2 on later films: success 0.41, popularity 0.30; from the DuckDB warehouse: PostgreSQL does not answer", None,
     "R² en películas posteriores: éxito 0,41, popularidad 0,30; PostgreSQL no responde: desde el almacén DuckDB"),
    ("2,000 film, 22 language, 60,000 rental, ...", "films: 2,000, languages: 22, rentals: 60,000, and more",
     "películas: 2.000, idiomas: 22, alquileres: 60.000, y más"),
    ("12 rental, 3 payment, unchanged: film, store", "rentals: 12, payments: 3, unchanged: films, stores",
     "alquileres: 12, pagos: 3, sin cambios: películas, tiendas"),
    ("unchanged: film", "unchanged: films", "sin cambios: películas"),
    ("1,200 cells repaired or refused", None, "celdas reparadas o rechazadas: 1.200"),
    ("1,921 of them are in the catalogue", None, "1.921 de ellas están en el catálogo"),
    ("all anew", None, "todo de nuevo"),
    ("300 venues, 12,064 reviews, ...; new fields, kept as they are: app_version (3 files), x (a.json) and 4 more; "
     "5 lines are no records (3 files)",
     "venues: 300, reviews: 12,064, and more; new fields, kept as they are: app_version (3 files), x (a.json) "
     "and 4 more; 5 lines are no records (3 files)",
     "locales: 300, reseñas: 12.064, y más; campos nuevos, guardados como vienen: app_version (3 archivos), x (a.json) "
     "y 4 más; líneas que no son registros: 5 (3 archivos)"),
    ("films: ease, nDCG@20 0.088 (time, 1,031 users); no venues",
     "films: ease, nDCG@20 0.088 (in time, 1,031 users); no recommendations of venues",
     "películas: ease, nDCG@20 0,088 (en el tiempo, usuarios: 1.031); sin recomendaciones de locales"),
    ("the newest export is here already", None, "la última exportación ya está aquí"),
    ("12 of 60 dated films have popularity and vote_count; a model of success takes 100. "
     "Load more films, then train again: taquilla run", None,
     "12 de 60 películas con fecha tienen los datos para ello; un modelo pide 100. "
     "Cargue más películas y vuelva a entrenar: taquilla run"),
]  # fmt: skip


@pytest.mark.parametrize(("note", "english", "spanish"), NOTES)
def test_a_note_is_told_in_the_reader_s_language(note: str, english: str | None, spanish: str) -> None:
    assert note_in_words(language("es"), note) == spanish
    told = note_in_words(language("en"), note)
    assert told if english is None else told == english


@pytest.mark.parametrize(
    "note",
    [
        "",
        "TMDB does not answer.",
        "3 new, and more",
        "1.5 new",
        ", new",
        "3 new\n",
        "3 new, and more, unchanged: film",
        "3 rentals of nobody",
    ],
)
def test_what_no_pattern_knows_is_a_message(note: str) -> None:
    assert [note_in_words(language(code), note) for code in CODES] == [None, None]


@pytest.mark.parametrize("code", CODES)
def test_every_step_has_a_name(code: str) -> None:
    assert [step.name for step in STEPS if f"steps.{step.name}" not in language(code).texts] == []
