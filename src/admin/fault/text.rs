//! What is wrong, in words: each fault says what would be right, in both languages.

use super::{Expected, Fault};
use crate::domain::Lang;

impl Fault {
    /// One sentence for people.
    pub fn text(&self, lang: Lang) -> String {
        match lang {
            Lang::Pt => self.portuguese(),
            Lang::En => self.english(),
        }
    }

    fn portuguese(&self) -> String {
        match self {
            Fault::Missing => "Preencha este campo.".into(),
            Fault::TooLong { max } => format!("Use no máximo {max} caracteres."),
            Fault::ControlCharacters => "Retire quebras de linha e caracteres de controle.".into(),
            Fault::OutOfRange { min, max } => format!("Use um valor entre {min} e {max}."),
            Fault::TooMany { max } => format!("Use no máximo {max} itens."),
            Fault::NotAUrl => {
                "Isto não é uma URL. Exemplo: https://api.minhaempresa.com/webhook".into()
            }
            Fault::UrlScheme { allowed } => format!("A URL deve começar com {allowed}."),
            Fault::UrlNotPermitted => {
                "A URL aponta para um endereço interno. Um administrador pode liberar a rede em [guard] allow.".into()
            }
            Fault::Address { refusal } => sentence(refusal.text().pt_br),
            Fault::Setting { pt, .. } => pt.clone(),
            Fault::EventPattern { given } => {
                format!("“{given}” não é um tipo de evento: use o nome exato, um prefixo como “call-*”, ou “*”.")
            }
            Fault::RulePath { given } => {
                format!("“{given}” não é um caminho. Exemplos: “callHistory.status”, “tags[0]”.")
            }
            Fault::RuleValueMissing => "Este operador precisa de um valor.".into(),
            Fault::RuleValueUnordered => {
                "Use um número, uma data ou uma duração. Exemplos: 30, 2024-12-31, 00:01:30".into()
            }
            Fault::Credential { error } => sentence(error.in_portuguese()),
            Fault::SecretAgain => {
                "O endereço passou a ser de outro servidor: o que está guardado não vai para lá. Digite de novo, ou retire.".into()
            }
            Fault::Hidden { key } if key.is_empty() => {
                "Uma parte da URL está oculta (…) e não há o que pôr no lugar: digite a URL inteira.".into()
            }
            Fault::Hidden { key } => {
                format!("O valor de “{key}” está oculto (…) e não vai para outro endereço: digite-o de novo.")
            }
            Fault::HeaderName { given } => format!("“{given}” não é um cabeçalho HTTP válido."),
            Fault::HeaderReserved { given } => format!("O cabeçalho “{given}” é preenchido pelo Ramal."),
            Fault::HeaderLine { line } => format!("Linha {line}: falta “:”. Exemplo: X-Chave: valor"),
            Fault::NotDigits => "Use só números, por exemplo 12345".into(),
            Fault::Taken => "Já está em uso.".into(),
            Fault::NotOne { allowed } => format!("Use um destes: {allowed}."),
            Fault::NotInThisCompany => "Não pertence a esta empresa.".into(),
            Fault::EmptyRange => "Não há eventos neste período.".into(),
            Fault::NoCompany => "Escolha pelo menos uma empresa.".into(),
            Fault::EndBeforeStart => "O fim vem antes do início.".into(),
            Fault::LoginShape => "Use pelo menos 3 caracteres, sem espaços. Exemplo: ana@minhaempresa.com".into(),
            Fault::PasswordShort { min } => format!("Use pelo menos {min} caracteres."),
            Fault::PasswordEasy => "Esta senha se adivinha fácil. Use três ou quatro palavras.".into(),
            Fault::PasswordWrong => "Esta não é a senha atual.".into(),
            Fault::NotTheSame => "As duas não são iguais.".into(),
            Fault::CodeWrong => "Este não é o código.".into(),
            Fault::CodeOver => "Este código valia no dia em que foi escrito e no seguinte. Reinicie o programa: ele escreve outro no log.".into(),
            Fault::NoSuch => "Não existe.".into(),
            Fault::Past => "Escolha um momento no futuro.".into(),
            Fault::DayPast => "Esta data já passou.".into(),
            Fault::Malformed { expected } => {
                format!("Valor com formato errado: era esperado {}.", expected.text(Lang::Pt))
            }
            Fault::NotJson { line, column } => {
                format!("Isto não é JSON válido (linha {line}, coluna {column}).")
            }
            Fault::Unread => "O corpo é grande demais, ou não chegou inteiro.".into(),
            Fault::Twice => "Este campo aparece duas vezes.".into(),
            Fault::TooManyParts { max } => format!("São campos e itens demais; no máximo {max} ao todo."),
            Fault::TooDeep { max } => format!("Há objetos e listas demais uns dentro dos outros; no máximo {max}."),
            Fault::Unknown => "Este campo não existe.".into(),
        }
    }

    fn english(&self) -> String {
        match self {
            Fault::Missing => "Fill in this field.".into(),
            Fault::TooLong { max } => format!("Use at most {max} characters."),
            Fault::ControlCharacters => "Remove line breaks and control characters.".into(),
            Fault::OutOfRange { min, max } => format!("Use a value from {min} to {max}."),
            Fault::TooMany { max } => format!("Use at most {max} items."),
            Fault::NotAUrl => "This is not a URL. Example: https://api.example.com/webhook".into(),
            Fault::UrlScheme { allowed } => format!("The URL must start with {allowed}."),
            Fault::UrlNotPermitted => {
                "The URL points to an internal address. An administrator can permit the network in [guard] allow."
                    .into()
            }
            Fault::Address { refusal } => sentence(refusal.text().en),
            Fault::Setting { en, .. } => en.clone(),
            Fault::EventPattern { given } => {
                format!("“{given}” is not an event type: use the exact name, a prefix such as “call-*”, or “*”.")
            }
            Fault::RulePath { given } => {
                format!("“{given}” is not a path. Examples: “callHistory.status”, “tags[0]”.")
            }
            Fault::RuleValueMissing => "This operator needs a value.".into(),
            Fault::RuleValueUnordered => {
                "Use a number, a date or a duration. Examples: 30, 2024-12-31, 00:01:30".into()
            }
            Fault::Credential { error } => sentence(&error.to_string()),
            Fault::SecretAgain => {
                "The address is another server's now: what is stored does not go there. Type it again, or remove it.".into()
            }
            Fault::Hidden { key } if key.is_empty() => {
                "A part of the URL is hidden (…) and there is nothing to put in its place: type the whole URL.".into()
            }
            Fault::Hidden { key } => {
                format!("The value of “{key}” is hidden (…) and does not go to another address: type it again.")
            }
            Fault::HeaderName { given } => format!("“{given}” is not a valid HTTP header."),
            Fault::HeaderReserved { given } => format!("The header “{given}” is set by Ramal."),
            Fault::HeaderLine { line } => format!("Line {line}: a “:” is missing. Example: X-Key: value"),
            Fault::NotDigits => "Use digits only, for example 12345".into(),
            Fault::Taken => "Already in use.".into(),
            Fault::NotOne { allowed } => format!("Use one of: {allowed}."),
            Fault::NotInThisCompany => "Does not belong to this company.".into(),
            Fault::EmptyRange => "There are no events in this range.".into(),
            Fault::NoCompany => "Choose at least one company.".into(),
            Fault::EndBeforeStart => "The end is before the start.".into(),
            Fault::LoginShape => "Use at least 3 characters, without spaces. Example: ana@example.com".into(),
            Fault::PasswordShort { min } => format!("Use at least {min} characters."),
            Fault::PasswordEasy => "This password is easily guessed. Use three or four words.".into(),
            Fault::PasswordWrong => "This is not the current password.".into(),
            Fault::NotTheSame => "The two are not the same.".into(),
            Fault::CodeWrong => "This is not the code.".into(),
            Fault::CodeOver => "This code was good on the day it was written and on the next. Restart the program: it writes another one to its log.".into(),
            Fault::NoSuch => "Does not exist.".into(),
            Fault::Past => "Choose a time in the future.".into(),
            Fault::DayPast => "This date is over.".into(),
            Fault::Malformed { expected } => {
                format!("Malformed value: expected {}.", expected.text(Lang::En))
            }
            Fault::NotJson { line, column } => {
                format!("This is not valid JSON (line {line}, column {column}).")
            }
            Fault::Unread => "The body is too large, or did not arrive whole.".into(),
            Fault::Twice => "This field stands there twice.".into(),
            Fault::TooManyParts { max } => format!("There are too many fields and items; at most {max} in all."),
            Fault::TooDeep { max } => format!("Objects and lists are nested too deeply; at most {max}."),
            Fault::Unknown => "There is no such field.".into(),
        }
    }
}

impl Expected {
    fn text(self, lang: Lang) -> String {
        let words = |pt: &str, en: &str| lang.pick(pt, en).to_owned();
        match self {
            Expected::Text => words("um texto", "a text"),
            Expected::Truth => words("true ou false", "true or false"),
            Expected::Whole { min, max } => lang.pick(
                format!("um número inteiro entre {min} e {max}"),
                format!("a whole number from {min} to {max}"),
            ),
            Expected::Number => words("um número", "a number"),
            Expected::List => words("uma lista", "a list"),
            Expected::Object => words("um objeto", "an object"),
            Expected::Nothing => words("null", "null"),
            Expected::CompanyId => {
                words("o id de uma empresa, como company_7", "a company's id such as company_7")
            }
            Expected::EventId => {
                words("o id de um evento, como evt_7_1024", "an event's id such as evt_7_1024")
            }
            Expected::Time => words(
                "uma data e hora em ISO 8601, como 2024-01-01T00:00:00Z",
                "a date and time in ISO 8601 such as 2024-01-01T00:00:00Z",
            ),
            Expected::Date => words("uma data, como 2024-12-31", "a date such as 2024-12-31"),
            Expected::Cursor => {
                words("o valor “next” de uma página desta lista", "the “next” of a page of this list")
            }
            Expected::Other => words("outro tipo de valor", "another kind of value"),
        }
    }
}

/// A phrase as a sentence of its own.
fn sentence(phrase: &str) -> String {
    let mut characters = phrase.chars();
    let first = characters.next().map(|first| first.to_uppercase().to_string()).unwrap_or_default();
    format!("{first}{}.", characters.as_str())
}
