using System.Security.Cryptography;
using System.Text;
using ScalingLab.Lab.Programs;
using ScalingLab.Runs;
using ScalingLab.Runs.Parsing;

namespace ScalingLab.Lab.Execution;

/// <summary>
/// What changes through the page have to show: the environment's, else the one in a file of the state folder that only
/// its owner may read.
/// </summary>
/// <param name="Text">The token.</param>
/// <param name="File">Where it lies; null where the environment gave it.</param>
/// <param name="IsNew">Whether it was made just now.</param>
public sealed record AccessToken(string Text, string? File, bool IsNew)
{
    public const string Variable = "SCALINGLAB_TOKEN";

    private const int MinLength = 16; // characters: what a person makes up shorter is guessed
    private const int Bytes = 32;
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    private const UnixFileMode Others = UnixFileMode.GroupRead | UnixFileMode.GroupWrite | UnixFileMode.OtherRead
        | UnixFileMode.OtherWrite;

    /// <summary>Finds it, or makes it.</summary>
    /// <exception cref="InputException">It is too short, others may read it, or it cannot be read or made.</exception>
    public static AccessToken Find(LabHome home)
    {
        if (Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } given)
            return new AccessToken(Checked(given, $"${Variable}"), null, false);
        var file = Path.Combine(home.State, "token");
        Directory.CreateDirectory(home.State);
        if (Directory.Exists(file))
            throw new InputException(file,
                "is a folder, where the token's file belongs: move it away and a token is made");
        try
        {
            var made = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(Bytes));
            var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
            if (!OperatingSystem.IsWindows()) options.UnixCreateMode = OwnerOnly;
            using var stream = new FileStream(file, options);
            stream.Write(Encoding.ASCII.GetBytes(made + "\n"));
            return new AccessToken(made, file, true);
        }
        catch (IOException) when (System.IO.File.Exists(file))
        {
            return new AccessToken(Checked(Read(file), file), file, false);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new InputException(file, $"cannot be written: {e.Message}");
        }
    }

    private static string Read(string file)
    {
        var text = InputFile.ReadText(file, FileKind.Settings).Trim();
        if (!OperatingSystem.IsWindows() && (System.IO.File.GetUnixFileMode(file) & Others) != 0)
            throw new InputException(file, $"may be read or written by others: 'chmod 600 {file}', or delete it and a "
                + "new one is made");
        return text;
    }

    private static string Checked(string token, string place) =>
        token.Length >= MinLength && token.All(c => c is > ' ' and <= '~' and not ';' and not ',')
        ? token
        : throw new InputException(place, $"is no token: at least {MinLength} printable characters, no blanks, commas "
            + "or semicolons");
}
