using System.Net;
using System.Numerics;
using System.Text.RegularExpressions;

namespace ScalingLab.Data.Quality;

/// <summary>
/// Personal data in a text by their form alone: what is counted may be none, and names and addresses of people are not
/// looked for.
/// </summary>
/// <param name="Emails">Addresses of e-mail.</param>
/// <param name="Phones">Telephone numbers in international form (+ and 8 to 15 digits, ITU-T E.164).</param>
/// <param name="IpAddresses">IPv4 addresses that are not private or reserved for documents.</param>
/// <param name="Ibans">Bank accounts whose check digits fit (ISO 13616).</param>
/// <param name="Cards">13 to 19 digits that begin as a payment card's and whose check digit fits (ISO/IEC 7812,
/// Luhn).</param>
public sealed partial record PersonalData(long Emails, long Phones, long IpAddresses, long Ibans, long Cards)
{
    /// <summary>None.</summary>
    public static PersonalData None { get; } = new(0, 0, 0, 0, 0);

    /// <summary>The sum of the five counts.</summary>
    [System.Text.Json.Serialization.JsonIgnore]
    public long Total => Emails + Phones + IpAddresses + Ibans + Cards;

    /// <summary>Matches in a text of the patterns above.</summary>
    public static PersonalData In(string text) => new(
        text.Contains('@') ? Email().Count(text) : 0,
        text.Contains('+') ? Phone().Matches(text).Count(match => Digits(match.Value).Length is >= 8 and <= 15) : 0,
        IpAddress().Matches(text).Count(match => IsPublicAddress(match.Value)),
        Iban().Matches(text).Count(match => IsIban(match.Value)),
        Card().Matches(text).Count(match => IsCard(Digits(match.Value))));

    /// <summary>The sum of two counts.</summary>
    public PersonalData Plus(PersonalData other) => new(Emails + other.Emails, Phones + other.Phones,
        IpAddresses + other.IpAddresses, Ibans + other.Ibans, Cards + other.Cards);

    private static string Digits(string text) => string.Concat(text.Where(char.IsAsciiDigit));

    private static bool IsPublicAddress(string text) =>
        IPAddress.TryParse(text, out var address) && address.GetAddressBytes() is [var a, var b, var c, _]
        && !(a is 0 or 10 or 127 or >= 224 || (a == 172 && b is >= 16 and < 32) || (a == 192 && b == 168)
            || (a == 169 && b == 254) || (a, b, c) is (192, 0, 2) or (198, 51, 100) or (203, 0, 113));

    private static bool IsIban(string text)
    {
        var account = string.Concat(text.Where(char.IsAsciiLetterOrDigit));
        if (account.Length is < 15 or > 34) return false;
        var digits = string.Concat((account[4..] + account[..4])
            .Select(letter => char.IsAsciiDigit(letter) ? $"{letter}" : $"{letter - 'A' + 10}"));
        return BigInteger.Parse(digits, System.Globalization.CultureInfo.InvariantCulture) % 97 == 1;
    }

    private static bool IsCard(string digits)
    {
        if (digits.Length is < 13 or > 19 || digits[0] is not (>= '3' and <= '6') || digits.Distinct().Count() < 2)
            return false;
        var sum = digits.Reverse().Select((digit, place) => (digit - '0') * (1 + (place % 2)))
            .Sum(value => value > 9 ? value - 9 : value);
        return sum % 10 == 0;
    }

    [GeneratedRegex(@"(?<![\w.+-])[A-Za-z0-9._%+-]{1,64}@(?:[A-Za-z0-9-]{1,63}\.){1,8}[A-Za-z]{2,24}\b")]
    private static partial Regex Email();

    [GeneratedRegex(@"(?<![\w+])\+[0-9](?:[ ().\-/]{0,2}[0-9]){7,14}(?![0-9])")]
    private static partial Regex Phone();

    [GeneratedRegex(@"(?<![\d.])(?:\d{1,3}\.){3}\d{1,3}(?![\d.]*\d)")]
    private static partial Regex IpAddress();

    [GeneratedRegex(@"\b[A-Z]{2}[0-9]{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,3})?\b")]
    private static partial Regex Iban();

    [GeneratedRegex(@"(?<![\d.,+-])[0-9](?:[ -]?[0-9]){12,18}(?![\d]|[.,-]\d)")]
    private static partial Regex Card();
}
