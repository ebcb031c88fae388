"""detect-secrets plugin: Keyrack's API keys, by shape and checksum.

    detect-secrets scan --plugin examples/secret-scanning/keyrack_detector.py
"""

import re
import zlib

from detect_secrets.plugins.base import RegexBasedDetector


class KeyrackDetector(RegexBasedDetector):
    """`pk_` or `sk_`, 56 hex digits, and the CRC-32 (as in zlib) of all that."""

    secret_type = "Keyrack API key"
    denylist = [re.compile(r"[ps]k_[0-9a-f]{64}")]

    def analyze_string(self, string):
        for key in super().analyze_string(string):
            if f"{zlib.crc32(key[:-8].encode()):08x}" == key[-8:]:
                yield key
