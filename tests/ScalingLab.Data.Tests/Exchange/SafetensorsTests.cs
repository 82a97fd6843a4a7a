using System.Buffers.Binary;
using System.Text;
using ScalingLab.Data.Safetensors;

namespace ScalingLab.Data.Tests.Exchange;

public sealed class SafetensorsTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private string File => _folder["model.safetensors"];

    public static TheoryData<string, string> Lies => new()
    {
        { """{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,4]}}""", "a has F32 of [2], but data_offsets from 0 to 4" },
        { """{"a":{"dtype":"F32","shape":[2],"data_offsets":[8,16]}}""", "there is a hole before a" },
        { """{"a":{"dtype":"F32","shape":[3],"data_offsets":[0,12]}}""", "a reaches beyond the file's end" },
        { """{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}""", "4 bytes after the last tensor belong to none" },
        { """{"a":{"dtype":"F32","shape":[2],"data_offsets":[8,0]}}""", "but data_offsets from 8 to 0" },
        { """{"a":{"dtype":"F32","shape":[-2],"data_offsets":[0,8]}}""", "no whole numbers from 0 on" },
        { """{"a":{"dtype":"F32","shape":[2.5],"data_offsets":[0,8]}}""", "no whole numbers from 0 on" },
        {
            """{"a":{"dtype":"F32","shape":[4611686018427387904,4],"data_offsets":[0,0]}}""",
            "a has F32 of [4611686018427387904, 4]"
        },
        {
            """{"a":{"dtype":"F32","shape":[1],"data_offsets":[9223372036854775800,9223372036854775804]}}""",
            "there is a hole before a"
        },
        { """{"a":{"dtype":"Q4","shape":[2],"data_offsets":[0,8]}}""", "a has the dtype Q4, which is not known" },
        { """{"a":{"shape":[2],"data_offsets":[0,8]}}""", "a has no dtype, shape and data_offsets" },
        { """{"a":7}""", "a has no dtype, shape and data_offsets" },
        {
            """{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"b":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}""",
            "b lies over the tensor before it"
        },
        {
            """{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}""",
            "a stands twice"
        },
        { "{\"a\":", "cannot be read as safetensors" },
        { "[1,2,3,4]", "its header is no JSON" },
    };

    [Theory]
    [MemberData(nameof(Lies))]
    public void A_header_that_lies_is_refused_with_what_is_wrong(string header, string problem)
    {
        Write(header, new byte[8]);
        var refused = Assert.Throws<DataException>(() => SafetensorsHeader.Read(File));
        Assert.Contains(problem, refused.Message, StringComparison.Ordinal);
        Assert.Contains(File, refused.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    [InlineData(100)]
    [InlineData(long.MaxValue)]
    [InlineData(long.MinValue)]
    public void A_length_that_lies_is_refused(long length)
    {
        var bytes = new byte[16];
        BinaryPrimitives.WriteInt64LittleEndian(bytes, length);
        System.IO.File.WriteAllBytes(File, bytes);
        Assert.Contains("is no safetensors file", Assert.Throws<DataException>(
            () => SafetensorsHeader.Read(File)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void What_is_written_is_read_again_in_pieces()
    {
        float[] first = [1, -2.5f, 3e-20f, 4, 5, 6], second = [7];
        using (var file = new SafetensorsWriter(File, [("a b", [2, 3]), ("c", [1])], asBfloat16: false))
        {
            file.Write(first.AsSpan(0, 4));
            file.Write(first.AsSpan(4));
            file.Write(second);
            var bytes = file.End();
            Assert.Equal(bytes, new FileInfo(File).Length);
        }

        var entries = SafetensorsHeader.Read(File);
        Assert.Equal([("a b", 6L), ("c", 1)], entries.Select(entry => (entry.Name, entry.Count)));
        Assert.Equal(0, entries[0].Start % 8);
        Assert.Equal(first[2..5], Values(entries[0], 2, 3));
        Assert.Equal(second, Values(entries[1], 0, 1));
    }

    [Fact]
    public void A_file_that_got_other_numbers_than_announced_is_not_ended()
    {
        using var file = new SafetensorsWriter(File, [("a", [2])], asBfloat16: false);
        file.Write([1]);
        Assert.Throws<InvalidOperationException>(() => file.End());
    }

    [Fact]
    public void Sixteen_bits_are_rounded_to_the_nearest_and_widened_exactly()
    {
        // 1 + 2^-8 lies between two bf16 numbers, and so does 1 + 3 x 2^-8: ties go to the even one
        float[] values = [1, 1 + (1 / 256f), 1 + (3 / 256f), 1 + (1.01f / 256), -0.1f, 3e38f];
        using (var file = new SafetensorsWriter(File, [("a", [6])], asBfloat16: true))
        {
            file.Write(values);
            file.End();
        }

        var read = Values(SafetensorsHeader.Read(File)[0], 0, 6);
        Assert.Equal([1, 1, 1 + (4 / 256f), 1 + (2 / 256f)], read[..4]);
        Assert.Equal(-0.1f, read[4], 0.0004f);

        Write("""{"a":{"dtype":"F16","shape":[4],"data_offsets":[0,8]}}""",
            [0x00, 0x3C, 0x00, 0xC0, 0x01, 0x00, 0xFF, 0x7B]);
        Assert.Equal([1, -2, 5.9604645e-8f, 65504], Values(SafetensorsHeader.Read(File)[0], 0, 4));
    }

    public void Dispose() => _folder.Dispose();

    private float[] Values(TensorEntry entry, long first, int count)
    {
        using var file = System.IO.File.OpenRead(File);
        var values = new float[count];
        TensorValues.Read(file, entry, first, values);
        return values;
    }

    private void Write(string header, byte[] data)
    {
        var length = new byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(length, Encoding.UTF8.GetByteCount(header));
        System.IO.File.WriteAllBytes(File, [.. length, .. Encoding.UTF8.GetBytes(header), .. data]);
    }
}
