# What did not come in a gap: an estimate, never a count.

loss-estimated =
    { $n ->
        [0] ≈ 0 events of this time did not arrive
        [one] ≈ 1 event of this time did not arrive
       *[other] ≈ { $n } events of this time did not arrive
    }
loss-unknown = How many events of this time did not arrive cannot be estimated
loss-about = ≈ { $n }
loss-none = cannot be estimated
loss-how = How it is estimated
loss-rule = The provider does not send again what was not heard; so this is an estimate, which is part of no count. For each hour of the gap it takes the company's own mean per minute in the same hour of the same weekday, over the last four weeks that are kept; where none is, that of the hour before the gap. Only minutes in which the connection stood are counted. Without any of this, in a gap of more than seven days or for a company with more than one source, nothing can be estimated.
