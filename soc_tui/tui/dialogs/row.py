"""One full row: a tree with dynamic columns as expandable branches."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, ClassVar

from rich.cells import cell_len, chop_cells, set_cell_size
from rich.text import Text
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Tree
from textual.widgets.tree import TreeNode

from soc_tui.model.catalog import KqlType
from soc_tui.model.inert import inert
from soc_tui.model.rows import Rows, row_id
from soc_tui.rows.copying import row_copy
from soc_tui.rows.unfolding import Branch, unfold
from soc_tui.rows.values import value_text
from soc_tui.tui.app_contract import app_of
from soc_tui.tui.keys.dialogs import ROW
from soc_tui.tui.keys.key import BindingList, bindings
from soc_tui.tui.terminal.clipboard import copy
from soc_tui.tui.widgets.hints import Hints

_LONGEST = 20_000
"""Characters of one value that are shown."""
_NAME = 48
"""Characters of a column's name that are shown."""
_MARGIN = 4
"""Cells within the dialog that the scrollbar and the first guide may take."""
_GUIDE = 2
"""Cells of a level of the tree."""
_MOST_LINES = 1_000
"""Lines of long values that show before one opens any."""


class RowScreen(ModalScreen[int]):
    """The columns that hold something, name and value; Enter opens a branch, Escape closes.

    Answers the place of the row that was shown last.

    Args:
        order: The shown rows, as `Arranger.order` gives them.
        place: Of the row among them, from 0.
    """

    BINDINGS: ClassVar[BindingList] = bindings(ROW)

    def __init__(self, rows: Rows, order: Any, place: int) -> None:
        super().__init__()
        self._rows = rows
        self._order = order
        self._place = place
        self._line = 0

    def compose(self) -> ComposeResult:
        """The tree in a frame."""
        with Vertical(classes="dialog tall wide", id="row-frame"):
            tree: Tree[Branch] = Tree("row", id="row-tree")
            tree.show_root = False
            tree.guide_depth = _GUIDE
            yield tree
            yield Hints(ROW)

    def on_mount(self) -> None:
        """Into the tree."""
        self.query_one(Tree).focus()

    def on_resize(self) -> None:
        """Show the row, long values folded to the width there is now."""
        line = self.query_one("#row-frame").size.width - _MARGIN
        if line != self._line:
            self._line = line
            self._show()

    def action_turn(self, by: int) -> None:
        """Show the next (1) or the previous (-1) of the shown rows."""
        if 0 <= self._place + by < self._count:
            self._place += by
            self._show()

    def action_leave(self) -> None:
        """Back to the rows."""
        self.dismiss(self._place)

    async def action_copy(self) -> None:
        """Copy the row as JSON."""
        raw = app_of(self).settings.export.raw
        await copy(self.app, row_copy(self._rows, self._index, raw=raw))

    def action_open(self) -> None:
        """Open or close the branch under the cursor."""
        self.query_one(Tree).action_select_cursor()

    def on_tree_node_expanded(self, event: Tree.NodeExpanded[Branch]) -> None:
        """What is below a branch comes when it is opened: it may be a million lines."""
        event.stop()
        node = event.node
        if node.data is not None and not node.children:
            self._fill(node, node.data)

    @property
    def _index(self) -> int:
        """0-based index of the row in the answer."""
        return self._place if self._order is None else int(self._order[self._place].as_py())

    @property
    def _count(self) -> int:
        return self._rows.count if self._order is None else len(self._order)

    def _show(self) -> None:
        tree, index = self.query_one("#row-tree", Tree), self._index
        before = _column_of(tree.cursor_node)
        tree.clear()
        title = f"Row {row_id(index)} of {self._rows.count:,}"
        if self._order is not None:
            title += f", {self._place + 1:,} of {self._count:,} shown"
        self.query_one("#row-frame").border_title = title
        left = _MOST_LINES
        texts = [value_text(values[index].as_py()) for values in self._rows.table.columns]
        told = [pair for pair in zip(self._rows.columns, texts, strict=True) if pair[1]]
        widest = max((cell_len(inert(column.name, _NAME)) for column, _ in told), default=0)
        for column, text in told:
            branch = unfold(text) if column.type is KqlType.DYNAMIC else Branch("", text)
            name = set_cell_size(inert(column.name, _NAME), widest)
            left -= self._add(tree.root, replace(branch, label=name), left)
        tree.root.expand()
        if tree.last_line >= 0:  # asked for, the lines are made, and nodes know theirs
            nodes = tree.root.children
            tree.move_cursor(next((node for node in nodes if _column_of(node) == before), nodes[0]))

    def _add(self, node: TreeNode[Branch], branch: Branch, most_lines: int) -> int:
        """Add a branch below a node; how many lines of its value show below it.

        Args:
            most_lines: A value that takes more stays folded.
        """
        name = Text(branch.label, "bold")
        value = inert(branch.value, _LONGEST)
        if branch.content is not None:
            node.add(Text.assemble(name, f"  {value}"), branch)
            return 0
        room = self._room(node)
        if cell_len(branch.label) + cell_len(value) + 2 <= room:
            node.add_leaf(Text.assemble(name, "  ", value), branch)
            return 0
        lines = -(-cell_len(value) // room)
        if lines > most_lines:
            node.add(name.append(f"  {len(branch.value):,} characters", "not bold"), branch)
            return 0
        self._fill(node.add(name, branch, expand=True), branch)
        return lines

    def _fill(self, node: TreeNode[Branch], branch: Branch) -> None:
        """What is below an open node: the branches, or the value in lines."""
        if branch.content is not None:
            left = _MOST_LINES
            for below in branch.branches:
                left -= self._add(node, replace(below, label=inert(below.label, 200)), left)
            return
        for line in chop_cells(inert(branch.value, _LONGEST), self._room(node)):
            node.add_leaf(Text(line))

    def _room(self, node: TreeNode[Branch]) -> int:
        """Cells of a line below this node."""
        depth = 0
        while (above := node.parent) is not None:
            node, depth = above, depth + 1
        return max(_NAME, self._line - _GUIDE * depth)


def _column_of(node: TreeNode[Branch] | None) -> str:
    """The column that a node belongs to, as it is named."""
    while node is not None and node.parent is not None and node.parent.parent is not None:
        node = node.parent
    return node.data.label.rstrip() if node is not None and node.data is not None else ""
