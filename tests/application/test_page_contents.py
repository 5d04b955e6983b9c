"""What pages of one file are known by."""

from cliptune.application.prepare_data import with_known_contents
from cliptune.domain.contents import Content
from cliptune.domain.pairs import Example, ImageRef, page_ref

STACK = ImageRef("scan.tif", "/scans/scan.tif")
COPY = ImageRef("copy.tif", "/scans/copy.tif")


def test_two_pages_of_a_file_are_not_the_same_picture_and_a_page_of_its_copy_is() -> None:
    pages = [page_ref(STACK, 0), page_ref(STACK, 1), page_ref(COPY, 1)]
    known = {page.key: Content("a" * 64, 10) for page in pages}
    examples = [Example(page, ("a slice",), page.file) for page in pages]

    first, second, copied = (example.content for example in with_known_contents(examples, known))

    assert "" == first
    assert second == copied != ""
