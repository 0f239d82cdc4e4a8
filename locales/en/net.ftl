# Why something did not go out: phrases that begin a sentence, or stand in one.

# Why a URL is refused before anything is sent.
net-refusal =
    { $word ->
        [url_malformed] this is not a complete URL, such as https://example.com/webhook
        [url_scheme] the URL must begin with http:// or https:// (ws:// or wss:// for a socket)
        [url_userinfo] the URL must not contain a user or password; set a header instead
        [url_host] the URL has no host name
        [url_port] the URL has no usable port
        [url_not_permitted] this address is not on the public internet, and Ramal's settings do not allow it ([guard] allow)
       *[other] { $word }
    }

# What became of a connection or an exchange that failed.
net-error =
    { $word ->
        [dns] the name was not found
        [dns_timeout] the name was not resolved in time
        [not_permitted] the address is not on the public internet, and Ramal's settings do not allow it ([guard] allow)
        [connect_refused] the connection was refused
        [connect_timeout] the server did not accept the connection in time
        [unreachable] the server cannot be reached
        [proxy] the proxy cannot be reached, or does not connect to the server
        [tls_certificate] the server's certificate is not valid: expired, for another name, or of an authority unknown here (extra_ca_file adds one)
        [tls_client_certificate] the server demands a client certificate, and Ramal presents none
        [tls] no secure connection could be agreed
        [tls_timeout] the secure connection was not agreed in time
        [timeout] no answer came in time
        [reset] the server closed the connection before it had answered
        [protocol] the answer is not valid HTTP
        [header_too_large] the answer's headers are too large
       *[other] { $word }
    }

# What was remarkable about an exchange that has its status all the same.
net-note =
    { $word ->
        [resent] the connection kept open since the request before had ended; sent again at once on a new one, under the same webhook-id
        [body_late] the status came, and the answer's body was still to come
        [body_cut] the status came, and the connection ended before the answer's body
        [body_broken] the status came, and what follows it is not valid HTTP
        [head_too_large] the status came, and more headers after it than are read
       *[other] { $word }
    }
