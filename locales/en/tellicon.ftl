# What is said of Tellicon.

tellicon-token-expected = a token of 24 characters
tellicon-token-length = A Tellicon token has exactly { $length } characters, this one has { $given }.
tellicon-token-characters = A Tellicon token has only printable ASCII characters and no spaces.
tellicon-token-unknown = authTokenTellicon is missing or invalid

# What is wrong with a field of what was posted: predicates, behind the name of the field.
tellicon-not-an-integer = must be an integer
tellicon-negative = must not be negative
tellicon-unknown-type = must be pushCall, answerCall or dtmfCommand

# The demo.
tellicon-example = an event from Tellicon
