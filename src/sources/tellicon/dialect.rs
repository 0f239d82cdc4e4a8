//! The contract's four dialects over time, told apart by the keys a body has.

/// How the fields are called.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dialect {
    /// January 2024, `pushCall` only: `dateTime` instead of `eventDateTime`.
    V0,
    /// The documented one.
    V1,
    /// V1 with `company`.
    V2,
    /// Names in Portuguese.
    V3,
}

/// A field by its meaning; its name depends on the dialect.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Field {
    Type,
    /// The intercom.
    Extension,
    /// Who answered, or who pressed the keys.
    Phone,
    Client,
    Building,
    Apartment,
    Company,
    EventTime,
    AnswerTime,
    HangupTime,
    Duration,
    Dtmf,
}

/// The three kinds of event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    PushCall,
    AnswerCall,
    DtmfCommand,
}

impl Kind {
    pub(super) const ALL: [Kind; 3] = [Kind::PushCall, Kind::AnswerCall, Kind::DtmfCommand];

    /// The documented value of `type`, which is also the event's name.
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Kind::PushCall => "pushCall",
            Kind::AnswerCall => "answerCall",
            Kind::DtmfCommand => "dtmfCommand",
        }
    }
}

impl Dialect {
    /// From the keys of `eventTellicon`.
    pub(super) fn of(has: impl Fn(&str) -> bool) -> Dialect {
        if ["tipo", "licenca", "dataHoraEvento"].into_iter().any(&has) {
            Dialect::V3
        } else if has("dateTime") && !has("eventDateTime") {
            Dialect::V0
        } else if has("company") {
            Dialect::V2
        } else {
            Dialect::V1
        }
    }

    /// What a field is called. In V1 the roles of `src` and `dst` are reversed for DTMF: the phone presses, the
    /// extension hears.
    pub(super) fn name(self, field: Field, kind: Kind) -> &'static str {
        let (first, third) = match field {
            Field::Type => ("type", "tipo"),
            Field::Extension if kind == Kind::DtmfCommand => ("dst", "ramal"),
            Field::Extension => ("src", "ramal"),
            Field::Phone if kind == Kind::DtmfCommand => ("src", "telefone"),
            Field::Phone => ("dst", "telefone"),
            Field::Client => ("client", "licenca"),
            Field::Building => ("building", "bloco"),
            Field::Apartment => ("apt", "unidade"),
            Field::Company => ("company", "contrato"),
            Field::EventTime if self == Dialect::V0 => ("dateTime", "dataHoraEvento"),
            Field::EventTime => ("eventDateTime", "dataHoraEvento"),
            Field::AnswerTime => ("answerDateTime", "dataHoraAtendido"),
            Field::HangupTime => ("hangupDateTime", "dataHoraEncerrado"),
            Field::Duration => ("callDurationTime", "tempoConversa"),
            Field::Dtmf => ("dtmfCommand", "dtmfComando"),
        };
        if self == Dialect::V3 { third } else { first }
    }
}
