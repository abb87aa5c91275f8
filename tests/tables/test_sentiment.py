"""The sentiment index: what moves it, in English and Spanish, and how often it has the right sign in Spanish."""

import polars as pl
import pytest
from tools.build_lexicons import Words, inflected, plain, review

from taquilla.tables.lexicon import LANGUAGES, signs, words
from taquilla.tables.sentiment import sentiment, taken_apart

# Written for this test; none comes from a data set.
PRAISE = """La sala estaba limpia y las butacas son muy cómodas.
Excelente atención, volveré sin duda.
Me encantó el sonido, espectacular.
Muy buen cine, lo recomiendo.
Las palomitas estaban riquísimas y los precios son razonables.
El mejor cine de la ciudad.
No está nada mal.
Personal amable y todo muy ordenado.
Buenísima experiencia, la pantalla es enorme y nítida.
Un lugar agradable para pasar la tarde en familia.
Todo perfecto, gracias.
Barato y limpio, qué más se puede pedir.
Es pequeño pero muy acogedor.
Hermosa sala, asientos amplios.
Nos gustó mucho, repetiremos.
Servicio rápido y empleados muy atentos.
Increíble la calidad de la imagen.
Genial para ir con niños, se divirtieron muchísimo.
La dulcería tiene variedad y el trato es cordial.
Siempre un placer venir aquí.
Me fascina este cine, súper moderno.
El estacionamiento es amplio y seguro, todo bien.
Comodisimo y con buen precio los miércoles.
Gran selección de clásicos en este videoclub, maravilloso.
Una joya de barrio, el dueño es encantador.
Fui con mi novia y quedamos muy contentos.
Aire acondicionado a buena temperatura y proyección impecable.
La película se escucha muy bien en esta sala.
Recomendado, buena relación calidad precio.
Bonito lugar y entradas económicas.
Chévere el sitio, bien organizado.
Antes era viejo pero ahora quedó hermoso."""
COMPLAINT = """Pésimo servicio, nunca más vuelvo.
La sala estaba sucia y olía mal.
Muy caro para lo que ofrece.
Las butacas están rotas y son incómodas.
No lo recomiendo.
Horrible, el sonido fallaba a cada rato.
El personal es grosero y maleducado.
Una vergüenza, nos cobraron dos veces.
Las palomitas estaban rancias y frías.
No me gustó nada.
Había cucarachas en el baño, un asco.
La peor experiencia de mi vida.
Demoran demasiado en la fila, muy lento todo.
El cine está abandonado, qué pena.
No son amables con los clientes.
Pantalla borrosa y asientos pegajosos.
Carisimo y encima la comida es mala.
El aire no funciona, un calor insoportable.
Decepcionante, esperaba algo mejor.
Era bueno pero ahora es un desastre.
Ni limpio ni cómodo.
No volvería a este lugar.
Nos trataron mal en la taquilla.
Un robo los precios de la dulcería.
Baños asquerosos y personal antipático.
Ruidoso, apretado y con mal olor.
Me sentí estafado, la función fue cancelada sin aviso.
Que mala atencion, pesimo todo.
Sala muy fría y butacas duras.
Nunca tienen cambio, incompetentes.
Dejaron entrar gente que gritaba, insoportable.
La imagen es oscura y el volumen molesto."""

# Written when the lexicon was done, which was not changed for them.
LATER_PRAISE = """Salimos encantados, la sala premium merece cada euro.
La acomodadora nos ayudó con una sonrisa.
El sonido envolvente te mete en la película.
Tienen películas que no encuentras en ningún otro lado.
Ideal para una cita, ambiente íntimo y romántico.
Llevo años viniendo y nunca me han fallado.
Las butacas reclinables son una maravilla.
Buen ambiente y palomitas recién hechas.
Relación calidad-precio insuperable.
Se nota que cuidan cada detalle.
Mis hijos se la pasaron increíble.
Rápida la compra en línea, sin filas.
Lo mejor del barrio, sin duda alguna.
Qué lindo reencontrarse con el cine de mi infancia, lo dejaron precioso.
La atención del chico de la entrada fue de diez.
No tengo ninguna queja."""
LATER_COMPLAINT = """Pagué por 3D y la imagen se veía doble.
Nos dejaron esperando cuarenta minutos y nadie pidió disculpas.
El olor a humedad es insoportable.
Tiraron la bebida encima y ni se disculparon.
Las entradas subieron otra vez, es un abuso.
La película empezó tarde y sin sonido.
El aire acondicionado estaba roto y nos asamos.
Subtítulos desfasados toda la función.
Se niegan a devolver el dinero.
Los empleados hablan por celular y te ignoran.
No hay quien limpie esa sala.
Butacas incómodas, salí con dolor de espalda.
El videoclub tiene los discos rayados.
Un timo, no vayan.
Te obligan a comprar comida dentro a precios de locura.
Hace frío, no funciona la calefacción y encima es caro."""


def spoken(*texts: str, language: str) -> list[float | None]:
    given = pl.DataFrame({"text": texts}).with_row_index("place")
    rows = taken_apart(given).with_columns(is_mixed=pl.col("text") != pl.col("text").str.to_uppercase())
    told = rows.select("place").join(sentiment(rows, language), on="place", how="left", maintain_order="left")
    return told["sentiment"].to_list()


# VADER's own figures, as it rounds them.
VADER = {
    "The cinema is good.": 0.4404,
    "The cinema is very good.": 0.4927,
    "The cinema is not good.": -0.3412,
    "The cinema isn't very good.": -0.3865,
    "The cinema is GOOD.": 0.5622,
    "The cinema is good!!!": 0.5826,
    "The seats are bad, but the film is great.": 0.6597,
    "Great popcorn :)": 0.7964,
    "It was somewhat terrible. Was it? Really?": -0.4883,
}


def test_english_is_as_vader_has_it() -> None:
    found = dict(zip(VADER, spoken(*VADER, language="en"), strict=True))
    assert found == pytest.approx(VADER, abs=2e-4)


RISING = (
    ("es", ("Es muy malo", "Es malo", "Es bueno", "Es muy bueno", "¡Es muy bueno!")),
    ("es", ("No es nada limpio", "Es poco limpio", "Es limpio", "Es realmente limpio")),
    ("es", ("Es bueno pero caro", "Es caro pero bueno")),
    ("es", ("pesimo", "incomodo", "comodo", "magnifico")),
    ("en", ("horrible", "not great", "comfy seats", "THE BEST seats ever")),
)


@pytest.mark.parametrize(("language", "texts"), RISING)
def test_each_text_is_kinder_than_the_one_before(language: str, texts: tuple[str, ...]) -> None:
    found = [value for value in spoken(*texts, language=language) if value is not None]
    assert len(found) == len(texts)
    assert found == sorted(set(found))


def test_a_text_without_a_word_of_the_lexicon_has_no_figure() -> None:
    assert spoken("Fila 12, asiento 4", "", "bueno 👍", language="es")[:2] == [None, None]


def test_a_negation_reaches_no_further_than_its_own_text() -> None:
    assert spoken("never", "good", "not", language="en") == [None, pytest.approx(0.4404, abs=1e-4), None]


def right_and_wrong(praise: str, complaint: str) -> tuple[int, list[str]]:
    """How many of the sentences have the right sign, and those that have the wrong one."""
    signed = [(text, 1) for text in praise.splitlines()] + [(text, -1) for text in complaint.splitlines()]
    values = spoken(*(text for text, _ in signed), language="es")
    agreeing = [(text, (value or 0.0) * sign) for (text, sign), value in zip(signed, values, strict=True)]
    return sum(product > 0 for _, product in agreeing), [text for text, product in agreeing if product < 0]


def test_spanish_has_the_right_sign_in_nine_of_ten() -> None:
    """Of 64 sentences; one without a known word does not count as right."""
    right, wrong = right_and_wrong(PRAISE, COMPLAINT)
    assert right / 64 >= 0.9, wrong


def test_spanish_says_nothing_rather_than_something_wrong() -> None:
    """Of 32 more: many complaints tell what happened without a word that judges it."""
    right, wrong = right_and_wrong(LATER_PRAISE, LATER_COMPLAINT)
    assert right / 32 >= 0.6
    assert len(wrong) <= 1, wrong


def test_lexicons_know_what_machines_translate_wrong() -> None:
    known = {language: dict(words(language).select("word", "valence").iter_rows()) for language in LANGUAGES}
    assert known["es"]["caro"] < 0 < known["es"]["barato"]
    assert {"negro", "terror", "solo", "avengers"}.isdisjoint(known["es"])
    assert all(-5 < value < 5 for lexicon in known.values() for value in lexicon.values() if value is not None)


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_ships_is_what_the_reviewed_list_says(language: str) -> None:
    """Else `python tools/build_lexicons.py` was forgotten."""
    ours: Words = {}
    review(ours, language)
    shipped = {row["word"]: row for row in words(language).iter_rows(named=True)}
    for word in ours.values():
        row = shipped[word.word]
        assert (row["is_negation"], row["is_contrast"]) >= (word.is_negation, word.is_contrast), word
        assert word.valence is None or row["valence"] == word.valence, word
        assert (row["aspects"] > 0) == bool(word.aspects), word


def test_spanish_forms_follow_by_rule() -> None:
    assert inflected("limpio") == ["limpio", "limpia", "limpios", "limpias"]
    assert inflected("amable") == ["amable", "amables"]
    assert inflected("encantador") == ["encantador", "encantadora", "encantadores", "encantadoras"]
    assert [plain(word) for word in ("pésimo", "baño", "nítidas")] == ["pesimo", "baño", "nitidas"]


def test_signs_count_wherever_they_stand() -> None:
    known = dict(signs().select("word", "valence").iter_rows())
    assert min(known["👍"], known["😍"], known[":)"]) > 0 > max(known["👎"], known["😡"], known[":("])
    attached, apart, alone = spoken("good😍", "good 😍", "the film 😍", language="en")
    assert attached == apart
    assert (attached or 0) > (alone or 0) > 0
