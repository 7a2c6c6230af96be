"""A page, read strictly: whatever is opened is closed, in order."""

from html.parser import HTMLParser

VOID = {"br", "link", "meta"}


class Node:
    """An element."""

    def __init__(self, tag, attributes, parent):
        self.tag, self.attributes, self.parent, self.children = tag, attributes, parent, []

    @property
    def classes(self):
        return set((self.attributes.get("class") or "").split())

    @property
    def text(self):
        """All text in it, with white space made one."""
        parts = [child.text if isinstance(child, Node) else child for child in self.children]
        return " ".join("".join(parts).split())

    def walk(self):
        """Give the element and all that are in it, in order."""
        yield self
        for child in self.children:
            if isinstance(child, Node):
                yield from child.walk()

    def all(self, tag, *classes):
        """Give the elements with a tag and with some classes."""
        return [node for node in self.walk() if node.tag == tag and set(classes) <= node.classes]

    def one(self, tag, *classes):
        """Give the only one."""
        (found,) = self.all(tag, *classes)
        return found


class _Reader(HTMLParser):
    def __init__(self):
        super().__init__()
        self.root = self.here = Node("document", {}, None)

    def handle_starttag(self, tag, attrs):
        assert len(attrs) == len(dict(attrs)), f"an attribute twice: {attrs}"
        node = Node(tag, dict(attrs), self.here)
        self.here.children.append(node)
        if tag not in VOID:
            self.here = node

    def handle_startendtag(self, tag, attrs):
        self.here.children.append(Node(tag, dict(attrs), self.here))

    def handle_endtag(self, tag):
        assert self.here.tag == tag, f"</{tag}> in {self.here.tag}"
        self.here = self.here.parent

    def handle_data(self, data):
        self.here.children.append(data)

    def handle_comment(self, data):
        raise AssertionError(data)

    def handle_pi(self, data):
        raise AssertionError(data)

    def unknown_decl(self, data):
        raise AssertionError(data)


def read(page):
    """Read a page; fail where it is not sound."""
    reader = _Reader()
    reader.feed(page)
    reader.close()
    assert reader.here is reader.root, f"{reader.here.tag} is not closed"
    return reader.root
