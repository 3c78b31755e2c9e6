"""Deliveries: the bureau hands editions out, a vendor sees and fetches its own."""

from __future__ import annotations

from io import BytesIO
from typing import Final

from flask import (
    Blueprint,
    Response,
    flash,
    make_response,
    redirect,
    render_template,
    request,
    send_file,
    url_for,
)
from flask.typing import ResponseReturnValue

from registry.access import Permission
from registry.specs import queries as specs
from registry.vendors import queries, service
from registry.vendors.schemas import DeliverSchema, MemberSchema, VendorSchema, WithdrawSchema
from registry.web import downloads
from registry.web.database import actor, session
from registry.web.forms import Form, bind, shown
from registry.web.gates import allow, writes

blueprint = Blueprint("vendors", __name__)

LABELS: Final = {
    "name": "名称",
    "kana": "読み",
    "edition_id": "版",
    "vendor_ids": "事業者",
    "account_id": "アカウント",
    "reason": "理由",
}


# ---- the bureau's side ------------------------------------------------------------------------


@blueprint.get("/vendors")
@allow(Permission.DELIVER)
def listing() -> ResponseReturnValue:
    """`?edition=` names the edition that is chosen in the form."""
    return _listing_page(shown({"edition_id": request.args.get("edition", "")}))


@blueprint.post("/deliveries")
@allow(Permission.DELIVER)
@writes
def deliver() -> ResponseReturnValue:
    form = bind(DeliverSchema())
    if form.ok:
        with form.catching():
            vendor_ids = dict.fromkeys(form.data["vendor_ids"])
            for vendor_id in vendor_ids:
                service.deliver(
                    session(),
                    actor(),
                    edition_id=form.data["edition_id"],
                    vendor_id=vendor_id,
                )
            flash(f"{len(vendor_ids)} 者に配布しました。", "success")
            return redirect(url_for("vendors.listing"), 303)
    session().rollback()  # of several vendors either all are given the edition or none
    return _listing_page(form, 422)


@blueprint.post("/deliveries/workbook")
@allow(Permission.DELIVER)
@writes
def workbook() -> ResponseReturnValue:
    return downloads.workbook(service.export_deliveries(session(), actor()), "配布の記録")


@blueprint.get("/deliveries/<int:delivery_id>")
@allow(Permission.DELIVER)
def delivery(delivery_id: int) -> ResponseReturnValue:
    return _delivery_page(delivery_id)


@blueprint.post("/deliveries/<int:delivery_id>/withdraw")
@allow(Permission.DELIVER)
@writes
def withdraw(delivery_id: int) -> ResponseReturnValue:
    found = queries.delivery(session(), actor(), delivery_id)
    form = bind(WithdrawSchema())
    if form.ok:
        with form.catching():
            service.withdraw(session(), actor(), delivery=found, version=form.version, **form.data)
            flash("配布を取り下げました。事業者からは開けなくなりました。", "success")
            return redirect(url_for("vendors.delivery", delivery_id=delivery_id), 303)
    return _delivery_page(delivery_id, form, 422)


@blueprint.get("/vendors/new")
@allow(Permission.DELIVER)
def new() -> ResponseReturnValue:
    return render_template("vendors/new.html", form=Form(), labels=LABELS)


@blueprint.post("/vendors/new")
@allow(Permission.DELIVER)
@writes
def create() -> ResponseReturnValue:
    form = bind(VendorSchema())
    if form.ok:
        with form.catching():
            vendor = service.create_vendor(session(), actor(), **form.data)
            flash(f"{vendor.name} を登録しました。", "success")
            return redirect(url_for("vendors.vendor", vendor_id=vendor.id), 303)
    return render_template("vendors/new.html", form=form, labels=LABELS), 422


@blueprint.get("/vendors/<int:vendor_id>")
@allow(Permission.DELIVER)
def vendor(vendor_id: int) -> ResponseReturnValue:
    return _vendor_page(vendor_id, Form())


@blueprint.post("/vendors/<int:vendor_id>/members")
@allow(Permission.DELIVER)
@writes
def add_member(vendor_id: int) -> ResponseReturnValue:
    found = queries.vendor(session(), actor(), vendor_id)
    form = bind(MemberSchema())
    if form.ok:
        with form.catching():
            service.add_member(session(), actor(), vendor=found, **form.data)
            flash("アカウントを結び付けました。", "success")
            return redirect(url_for("vendors.vendor", vendor_id=vendor_id), 303)
    return _vendor_page(vendor_id, form, 422)


def _listing_page(form: Form, status: int = 200) -> Response:
    return make_response(
        render_template(
            "vendors/listing.html",
            vendors=queries.vendors(session(), actor()),
            deliveries=queries.deliveries(session(), actor()),
            editions=[
                (str(row.id), f"{row.business} 第{row.number}版({row.issued_on.isoformat()})")
                for row in queries.deliverable(session(), actor())
            ],
            form=form,
            labels=LABELS,
        ),
        status,
    )


def _delivery_page(delivery_id: int, form: Form | None = None, status: int = 200) -> Response:
    found = queries.delivery_row(session(), actor(), delivery_id)
    return make_response(
        render_template(
            "vendors/delivery.html",
            delivery=found,
            downloads=queries.downloads(session(), delivery_id),
            form=form or shown({}, found.version),
            labels=LABELS,
        ),
        status,
    )


def _vendor_page(vendor_id: int, form: Form, status: int = 200) -> Response:
    found = queries.vendor(session(), actor(), vendor_id)
    return make_response(
        render_template(
            "vendors/vendor.html",
            vendor=found,
            members=queries.members(session(), actor(), vendor_id),
            accounts=[
                (str(one.account_id), f"{one.name}({one.email})")
                for one in queries.free_accounts(session(), actor())
            ],
            deliveries=queries.deliveries(session(), actor(), vendor_id=vendor_id),
            form=form,
            labels=LABELS,
        ),
        status,
    )


# ---- the vendor's own side --------------------------------------------------------------------


@blueprint.get("/received")
@allow(Permission.RECEIVE)
def received() -> ResponseReturnValue:
    return render_template(
        "vendors/received.html",
        vendor=queries.own_vendor(session(), actor()),
        no_vendor=queries.NO_VENDOR,
        editions=queries.received(session(), actor()),
    )


@blueprint.get("/received/<int:delivery_id>")
@allow(Permission.RECEIVE)
def received_edition(delivery_id: int) -> ResponseReturnValue:
    found = queries.received_one(session(), actor(), delivery_id)
    spec = specs.frozen_spec(session(), found.edition_id)
    files = specs.files(session(), found.edition_id)
    return render_template(
        "vendors/received_edition.html",
        edition=found,
        files=files,
        addresses={
            one.name: url_for("vendors.received_file", delivery_id=delivery_id, name=one.name)
            for one in files
        },
        spec=spec,
        lines=sum(
            len(section["requirements"])
            for chapter in spec["chapters"]
            for section in chapter["sections"]
        ),
    )


@blueprint.post("/received/<int:delivery_id>/files/<string:name>")
@allow(Permission.RECEIVE)
@writes
def received_file(delivery_id: int, name: str) -> ResponseReturnValue:
    found = queries.received_one(session(), actor(), delivery_id)
    file = service.fetch_file(session(), actor(), delivery_id=delivery_id, name=name)
    return send_file(
        BytesIO(file.content),
        mimetype=file.media_type,
        as_attachment=True,
        download_name=f"{found.slug}-{found.number}-{name}",
    )
