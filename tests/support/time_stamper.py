"""Nơi cấp dấu thời gian RFC 3161 trên 127.0.0.1: ASN.1 thật, chứng thư thật tự lập, chữ ký thật."""

from __future__ import annotations

import hashlib
import itertools
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import pytest
from fastapi import FastAPI, Request, Response

from tests.support.served import served

if os.environ.get("CI") != "true":  # ở CI thiếu là hỏng
    pytest.importorskip("asn1crypto", reason="máy này thiếu: asn1crypto (phần dev), để dựng nơi cấp dấu")
    pytest.importorskip("rfc3161_client", reason="máy này thiếu: phần timestamp, nên đài không xin dấu")

from asn1crypto import algos, cms, core, tsp
from asn1crypto import x509 as der
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

_SHA256 = algos.DigestAlgorithm({"algorithm": "sha256"})


@dataclass
class TimeStamper:
    """Ký giờ ``at``; ``broken``: làm hỏng câu trả lời theo một cách."""

    at: datetime
    broken: str = ""
    url: str = ""
    _key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))
    _numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    def __post_init__(self) -> None:
        self._ca_key = ec.generate_private_key(ec.SECP256R1())
        self._ca = self._certificate("Gốc", self._ca_key.public_key(), ca=True)
        self._own = self._certificate("Nơi cấp dấu", self._key.public_key(), ca=False)

    @property
    def roots(self) -> str:
        """Chứng thư gốc, PEM."""
        return self._ca.public_bytes(Encoding.PEM).decode()

    def answer(self, query: bytes) -> bytes:
        """Câu trả lời DER cho một câu xin DER."""
        asked = tsp.TimeStampReq.load(query)
        imprint = asked["message_imprint"]
        if self.broken == "nội dung":
            imprint = tsp.MessageImprint({"hash_algorithm": _SHA256, "hashed_message": bytes(32)})
        nonce = 1 if self.broken == "số ngẫu nhiên" else asked["nonce"].native
        info = tsp.TSTInfo(
            {
                "version": "v1",
                "policy": "1.2.3.4.1",
                "message_imprint": imprint,
                "serial_number": next(self._numbers),
                "gen_time": self.at,
                "nonce": nonce,
            }
        ).dump()
        return bytes(tsp.TimeStampResp({"status": {"status": "granted"}, "time_stamp_token": self._signed(info)}).dump())

    def _signed(self, info: bytes) -> Any:
        own = der.Certificate.load(self._own.public_bytes(Encoding.DER))
        named = tsp.ESSCertIDv2({"hash_algorithm": _SHA256, "cert_hash": hashlib.sha256(own.dump()).digest()})
        attributes = cms.CMSAttributes(
            [
                {"type": "content_type", "values": ["tst_info"]},
                {"type": "message_digest", "values": [hashlib.sha256(info).digest()]},
                {"type": "signing_certificate_v2", "values": [tsp.SigningCertificateV2({"certs": [named]})]},
            ]
        )
        key = ec.generate_private_key(ec.SECP256R1()) if self.broken == "chữ ký" else self._key
        signer = {
            "version": "v1",
            "sid": cms.SignerIdentifier("issuer_and_serial_number", {"issuer": own.issuer, "serial_number": own.serial_number}),
            "digest_algorithm": _SHA256,
            "signed_attrs": attributes,
            "signature_algorithm": {"algorithm": "sha256_ecdsa"},
            "signature": key.sign(attributes.dump(), ec.ECDSA(hashes.SHA256())),
        }
        content = {"content_type": "tst_info", "content": core.ParsableOctetString(info)}
        signed = {
            "version": "v3",
            "digest_algorithms": [_SHA256],
            "encap_content_info": content,
            "certificates": [own],
            "signer_infos": [signer],
        }
        return cms.ContentInfo({"content_type": "signed_data", "content": cms.SignedData(signed)})

    def _certificate(self, name: str, key: Any, *, ca: bool) -> x509.Certificate:
        day = timedelta(days=1)
        issuer = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Gốc")])
        made = (
            x509.CertificateBuilder()
            .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)]))
            .issuer_name(issuer)
            .public_key(key)
            .serial_number(x509.random_serial_number())
            .not_valid_before(self.at - day)
            .not_valid_after(self.at + 3650 * day)
            .add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
        )
        if not ca:
            made = made.add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.TIME_STAMPING]), critical=True)
        return made.sign(self._ca_key, hashes.SHA256())


@contextmanager
def time_stamper(at: datetime) -> Iterator[TimeStamper]:
    """Một nơi cấp đang nghe ở ``url``."""
    stamper, app = TimeStamper(at), FastAPI()

    @app.post("/tsa")
    async def ask(request: Request) -> Response:
        return Response(stamper.answer(await request.body()), media_type="application/timestamp-reply")

    with served(app) as address:
        stamper.url = f"{address}/tsa"
        yield stamper
