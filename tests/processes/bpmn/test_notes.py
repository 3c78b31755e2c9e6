from __future__ import annotations

from pathlib import Path

from registry.processes.bpmn import reading
from registry.processes.bpmn.notes import Note, Notes, notes_of
from registry.processes.flow import in_words
from tests.processes import sample_flows as samples


def annotation(own: str, text: str, *others: str) -> str:
    lines = "".join(
        f'<association id="{own}-{at}" sourceRef="{other}" targetRef="{own}"/>'
        for at, other in enumerate(others)
    )
    return f'<textAnnotation id="{own}"><text>{text}</text></textAnnotation>{lines}'


def notes(body: str) -> Notes:
    return notes_of(reading.read(samples.process(samples.LINE + body)))


def test_an_annotation_stands_at_each_step_it_is_joined_to() -> None:
    found = notes(
        annotation("n", "窓口が\n 混むときは  電話で", "t", "e", "t")
        + annotation("m", "押印は不要", "t")
    )
    assert found.by_step == {
        "t": ("窓口が 混むときは 電話で", "押印は不要"),
        "e": ("窓口が 混むときは 電話で",),
    }
    assert found.elsewhere == ()


def test_the_line_may_be_drawn_the_other_way_round() -> None:
    body = (
        '<textAnnotation id="n"><text>押印は不要</text></textAnnotation>'
        '<association id="a" sourceRef="n" targetRef="t"/>'
    )
    assert notes(body).by_step == {"t": ("押印は不要",)}


def test_at_a_line_it_belongs_to_the_step_before() -> None:
    assert notes(annotation("n", "翌営業日", "f2")).by_step == {"t": ("翌営業日",)}


def test_what_belongs_to_no_step_is_told_with_what_it_is_joined_to() -> None:
    data = '<dataObjectReference id="d" name="台帳"/>'
    found = notes(
        data
        + annotation("n", "5年保存", "d")
        + annotation("m", "令和8年の様子")
        + annotation("o", " ")
    )
    assert found.by_step == {}
    assert found.elsewhere == (Note("5年保存", "台帳"), Note("令和8年の様子"))


@samples.needs_models
@samples.each_model
def test_the_words_say_every_annotation_of_a_model(model: Path) -> None:
    document = reading.read(model.read_bytes())
    found = notes_of(document)
    lines = in_words(document.flow, found.by_step)
    told = {note for line in lines for note in line.notes} | {one.text for one in found.elsewhere}
    drawn = {
        " ".join("".join(one.itertext()).split()) for one in document.root.iter("{*}textAnnotation")
    }
    assert told == drawn - {""}
