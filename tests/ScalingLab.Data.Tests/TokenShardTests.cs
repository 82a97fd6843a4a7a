using ScalingLab.Data.Shards;

namespace ScalingLab.Data.Tests;

public sealed class TokenShardTests
{
    private static readonly string TokenizerHash = new('1', 64);
    private static readonly string CorpusHash = new('c', 64);

    private static string Written(TemporaryFolder folder, int vocabulary, params int[] tokens)
    {
        using var writer = new TokenShardWriter(folder["a.tokens"], vocabulary);
        writer.Append(tokens.AsSpan(0, tokens.Length / 2), 10);
        writer.Append(tokens.AsSpan(tokens.Length / 2), 11);
        writer.Finish(TokenizerHash, CorpusHash);
        return folder["a.tokens"];
    }

    [Fact]
    public void It_is_not_mapped_into_memory()
    {
        if (!OperatingSystem.IsLinux()) return; // elsewhere there is no such list
        using var folder = new TemporaryFolder();
        var path = Written(folder, 256, 1, 2, 3, 4);
        using var shard = TokenShard.Open(path);
        shard.Read(0, new long[4]);
        Assert.DoesNotContain(File.ReadLines("/proc/self/maps"), line => line.EndsWith(path, StringComparison.Ordinal));
    }

    [Fact]
    public void A_file_cut_short_while_it_is_open_is_named()
    {
        using var folder = new TemporaryFolder();
        var path = Written(folder, 256, 1, 2, 3, 4);
        using var shard = TokenShard.Open(path);
        using (var file = new FileStream(path, FileMode.Open, FileAccess.Write, FileShare.ReadWrite))
            file.SetLength(file.Length - 4);
        var refused = Assert.Throws<DataException>(() => shard.Read(0, new long[4]));
        Assert.Equal($"{path}: the token file cannot be read: it was cut short after it was opened", refused.Message);
    }

    [Theory]
    [InlineData(65536, 2)]
    [InlineData(65537, 4)]
    public void Tokens_come_back_as_they_were_written_in_the_least_width_that_holds_them(int vocabulary, int width)
    {
        using var folder = new TemporaryFolder();
        int[] tokens = [0, 1, 2, vocabulary - 1, 255, 256, 65535, 7];
        var path = Written(folder, vocabulary, tokens);
        Assert.Equal(192 + 8 * width, new FileInfo(path).Length);
        using var shard = TokenShard.Open(path);
        Assert.Equal((8, 21, vocabulary, TokenizerHash, CorpusHash),
            (shard.Tokens, shard.TextBytes, shard.Vocabulary, shard.TokenizerHash, shard.CorpusHash));
        var read = new long[5];
        shard.Read(2, read);
        Assert.Equal(tokens.Skip(2).Take(5).Select(token => (long)token), read);
        shard.Read(3, read);
        Assert.Equal(7, read[^1]);
        Assert.Throws<ArgumentOutOfRangeException>(() => shard.Read(4, read));
        Assert.Throws<ArgumentOutOfRangeException>(() => shard.Read(-1, read));
        Assert.Equal(["a.tokens"], Directory.GetFiles(folder.Path).Select(Path.GetFileName));
    }

    [Fact]
    public void A_flipped_bit_anywhere_is_noticed()
    {
        using var folder = new TemporaryFolder();
        var path = Written(folder, 1000, 1, 2, 3, 4, 5);
        var whole = File.ReadAllBytes(path);
        for (var i = 0; i < whole.Length; i++)
        {
            var damaged = (byte[])whole.Clone();
            damaged[i] ^= 0x10;
            File.WriteAllBytes(path, damaged);
            Assert.Contains(path, Assert.Throws<DataException>(() => TokenShard.Open(path).Dispose()).Message);
        }
        File.WriteAllBytes(path, whole);
        TokenShard.Open(path).Dispose();
    }

    [Theory]
    [InlineData(12, -2, "cannot be")] // bytes a token
    [InlineData(12, 0, "cannot be")]
    [InlineData(12, 4, "cannot be")]
    [InlineData(16, -1, "cannot be")] // vocabulary
    [InlineData(16, 0, "cannot be")]
    [InlineData(16, 3, "holds the token 5")]
    [InlineData(24, long.MaxValue, "its length is that of 5")] // tokens
    [InlineData(24, 1L << 62, "its length is that of 5")]
    [InlineData(24, -5L, "cannot be")]
    [InlineData(24, 6L, "its length is that of 5")]
    [InlineData(32, -1L, "cannot be")] // bytes of text
    public void A_header_whose_checksum_fits_is_not_believed(int at, object says, string said)
    {
        using var folder = new TemporaryFolder();
        var path = Written(folder, 1000, 1, 2, 3, 4, 5);
        var bytes = File.ReadAllBytes(path);
        (says is long number ? BitConverter.GetBytes(number) : BitConverter.GetBytes((int)says)).CopyTo(bytes, at);
        System.Security.Cryptography.SHA256.HashData(bytes.AsSpan(0, 160), bytes.AsSpan(160, 32));
        File.WriteAllBytes(path, bytes);
        Assert.Contains(said, Assert.Throws<DataException>(() => TokenShard.Open(path).Dispose()).Message);
    }

    [Theory]
    [InlineData(0, "the file is empty")]
    [InlineData(100, "not a token file")]
    [InlineData(192, "cut short")]
    [InlineData(201, "cut short")]
    public void A_file_cut_short_is_noticed(int length, string said)
    {
        using var folder = new TemporaryFolder();
        var path = Written(folder, 1000, 1, 2, 3, 4, 5);
        File.WriteAllBytes(path, File.ReadAllBytes(path)[..length]);
        Assert.Contains(said, Assert.Throws<DataException>(() => TokenShard.Open(path)).Message);
    }

    [Fact]
    public void A_file_of_a_later_version_or_of_no_tokens_at_all_says_so()
    {
        using var folder = new TemporaryFolder();
        var path = Written(folder, 1000, 1, 2);
        var bytes = File.ReadAllBytes(path);
        bytes[8] = 2;
        File.WriteAllBytes(path, bytes);
        Assert.Contains("version 2", Assert.Throws<DataException>(() => TokenShard.Open(path)).Message);
        File.WriteAllText(path, new string('x', 500));
        Assert.Contains("not a token file", Assert.Throws<DataException>(() => TokenShard.Open(path)).Message);
        Assert.Contains("cannot be read", Assert.Throws<DataException>(() => TokenShard.Open(folder["none"])).Message);
    }

    [Fact]
    public void A_writer_that_does_not_finish_leaves_nothing()
    {
        using var folder = new TemporaryFolder();
        using (var writer = new TokenShardWriter(folder["a.tokens"], 300))
        {
            writer.Append([1, 2, 3], 3);
            Assert.Throws<ArgumentOutOfRangeException>(() => writer.Append([300], 1));
        }
        Assert.Empty(Directory.GetFiles(folder.Path));
    }
}
