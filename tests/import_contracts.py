"""Contract types for import-linter, beside the ones it ships."""

from __future__ import annotations

import itertools
from graphlib import CycleError, TopologicalSorter

from grimp import ImportGraph
from importlinter import Contract, ContractCheck, fields, output
from importlinter.application import contract_utils


class AcyclicModulesContract(Contract):
    """No module imports itself by way of others, a package's own `__init__` among them.

    `acyclic_siblings` compares packages next to each other; a package and a module inside it are
    not siblings.
    """

    ignore_imports = fields.SetField(subfield=fields.ImportExpressionField(), required=False)
    unmatched_ignore_imports_alerting = fields.EnumField(
        contract_utils.AlertLevel, default=contract_utils.AlertLevel.ERROR
    )

    def check(self, graph: ImportGraph, verbose: bool) -> ContractCheck:
        """Kept when an order exists in which every module comes after what it imports."""
        removal = contract_utils.remove_ignored_imports_and_report(
            graph=graph,
            ignore_imports=self.ignore_imports,  # type: ignore[arg-type]
            unmatched_alerting=self.unmatched_ignore_imports_alerting,  # type: ignore[arg-type]
        )
        imported = {
            module: sorted(graph.find_modules_directly_imported_by(module))
            for module in sorted(graph.modules)
        }
        try:
            TopologicalSorter(imported).prepare()
        except CycleError as error:
            # graphlib lists each module before the one that imports it.
            circle = list(reversed(error.args[1]))
        else:
            circle = []
        return ContractCheck(
            kept=not circle,
            warnings=list(removal.warnings),
            ignored_import_count=removal.ignored_import_count,
            metadata={"circle": circle},
        )

    def render_broken_contract(self, check: ContractCheck) -> None:
        """Print one circle, an import a line."""
        circle: list[str] = check.metadata["circle"]
        for importer, imported in itertools.pairwise(circle):
            output.print_error(f"{importer} -> {imported}")
