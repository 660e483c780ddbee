"""All readers, by the name that the command knows them by."""

from __future__ import annotations

from tests.fuzz.array_readers import ARRAY_READERS
from tests.fuzz.contract import Reader
from tests.fuzz.music_and_sound import MUSIC_AND_SOUND
from tests.fuzz.run_readers import RUN_READERS
from tests.fuzz.text_readers import TEXT_READERS
from tests.fuzz.vector_readers import VECTOR_READERS

READERS: dict[str, Reader] = {
    **TEXT_READERS,
    **ARRAY_READERS,
    **MUSIC_AND_SOUND,
    **RUN_READERS,
    **VECTOR_READERS,
}
