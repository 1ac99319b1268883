"""Open a project in a real QGIS, describe it, and edit it. Runs in the Python of QGIS.

``in_qgis.py PROJECT`` prints what QGIS sees as JSON; ``in_qgis.py PROJECT EDIT`` makes an edit.
"""

import json
import os
import sys
from typing import Any

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from qgis.core import (
    QgsApplication,
    QgsFeature,
    QgsGeometry,
    QgsProject,
    QgsVectorLayer,
)


def described(layer: QgsVectorLayer) -> dict[str, Any]:
    fields = layer.fields()
    renderer = layer.renderer()
    classes = renderer.categories() if renderer and renderer.type() == "categorizedSymbol" else []
    return {
        "valid": layer.isValid(),
        "name": layer.name(),
        "crs": layer.crs().authid(),
        "count": layer.featureCount(),
        "aliases": {f.name(): layer.attributeAlias(i) for i, f in enumerate(fields)},
        "types": {f.name(): f.typeName() for f in fields},
        "widgets": {f.name(): layer.editorWidgetSetup(i).type() for i, f in enumerate(fields)},
        "configs": {f.name(): layer.editorWidgetSetup(i).config() for i, f in enumerate(fields)},
        "not_null": [
            f.name()
            for i, f in enumerate(fields)
            if layer.fieldConstraints(i) & 1  # ConstraintNotNull
        ],
        "unique": [f.name() for i, f in enumerate(fields) if layer.fieldConstraints(i) & 2],
        "expressions": {
            f.name(): layer.constraintExpression(i)
            for i, f in enumerate(fields)
            if layer.constraintExpression(i)
        },
        "classes": {c.value(): c.symbol().color().name() for c in classes},
        "drawn": [
            renderer.symbolForFeature(feature, _context(layer)) is not None
            for feature in layer.getFeatures()
        ]
        if renderer
        else [],
        "first": {
            name: value if isinstance(value, (str, int, float, bool, list)) else str(value)
            for name, value in zip(
                fields.names(),
                next(layer.getFeatures(), QgsFeature(fields)).attributes(),
                strict=False,
            )
        },
    }


def _context(layer: QgsVectorLayer) -> Any:
    from qgis.core import QgsExpressionContext, QgsExpressionContextUtils, QgsRenderContext

    context = QgsRenderContext()
    context.setExpressionContext(
        QgsExpressionContext(QgsExpressionContextUtils.globalProjectLayerScopes(layer))
    )
    layer.renderer().startRender(context, layer.fields())
    return context


def edit(project: QgsProject) -> None:
    """Change a value, a list, a geometry; add a record and delete one."""
    (sites,) = project.mapLayersByName("地块")
    assert sites.startEditing()
    by_id = {feature["site_id"]: feature for feature in sites.getFeatures()}
    first, second, third, fourth, *_ = (by_id[one] for one in sorted(by_id))

    def put(feature: QgsFeature, name: str, value: object) -> None:
        index = sites.fields().indexOf(name)
        assert sites.changeAttributeValue(feature.id(), index, value), name

    put(first, "name_zh", "在 QGIS 中改名")
    put(first, "sectors", ["equipment", "information"])
    put(first, "ready_to_build", True)
    moved = QgsGeometry(second.geometry())
    moved.translate(0.001, 0)
    assert sites.changeGeometry(second.id(), moved)
    assert sites.deleteFeature(third.id())
    new = QgsFeature(sites.fields())
    new.setAttributes(list(fourth.attributes()))
    new["fid"] = None
    new["site_id"] = "NEW-1"
    new.setGeometry(fourth.geometry())
    assert sites.addFeature(new)
    assert sites.commitChanges(), sites.commitErrors()


def main(path: str, what: str = "") -> None:
    application = QgsApplication([], False)
    application.initQgis()
    project = QgsProject.instance()
    assert project.read(path)
    if what == "edit":
        edit(project)
    else:
        tree = project.layerTreeRoot()
        print(
            json.dumps(
                {
                    "title": project.title(),
                    "crs": project.crs().authid(),
                    "order": [layer.id() for layer in tree.layerOrder()],
                    "groups": {
                        group.name(): [leaf.name() for leaf in group.findLayers()]
                        for group in tree.findGroups()
                    },
                    "layers": {
                        layer.id(): described(layer) for layer in project.mapLayers().values()
                    },
                },
                default=str,
            )
        )
    project.clear()
    application.exitQgis()


main(*sys.argv[1:])
