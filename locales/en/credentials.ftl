# Why a token, secret or header cannot be used.

credential-empty = there is nothing in it
credential-too-long = it is longer than 4096 bytes
credential-control = it has line breaks or control characters
credential-nothing-behind = nothing stands behind `whsec_`: paste the whole secret
credential-not-base64 = what stands behind `whsec_` is not base64: paste the whole secret, or take a text that does not begin with `whsec_`
credential-url-safe = `-` and `_` behind `whsec_` are the base64 of URLs, which libraries do not read: write `+` for `-` and `/` for `_`
credential-misplaced = `whsec_` may only stand at the very beginning, in small letters: paste what begins there, without `v1,` and quotation marks
