using System.Text.Json;
using ScalingLab.Data.Safetensors;
using ScalingLab.Runs.Parsing;

namespace ScalingLab.Data.Exchange;

/// <summary>The tensors of a folder: of model.safetensors, or of the files that its index names.</summary>
internal static class WeightFiles
{
    public const string Name = "model.safetensors";
    internal const string IndexName = "model.safetensors.index.json";
    private const int MostFiles = 10_000;

    /// <summary>Every tensor by its name, with its file.</summary>
    /// <exception cref="DataException">Files are missing or damaged, or do not hold what the index says: every
    /// problem.</exception>
    public static IReadOnlyDictionary<string, (string File, TensorEntry Entry)> Read(string folder)
    {
        var (single, index) = (Path.Combine(folder, Name), Path.Combine(folder, IndexName));
        if (File.Exists(single))
            return SafetensorsHeader.Read(single).ToDictionary(entry => entry.Name, entry => (single, entry));
        if (File.Exists(index)) return ReadIndexed(folder, index);
        var pickled = Directory.EnumerateFiles(folder, "pytorch_model*.bin").Any()
            ? " Its pytorch_model.bin is a program as much as data and is not read: save_pretrained of transformers "
                + "writes safetensors."
            : "";
        throw new DataException($"{folder}: has no {Name} and no {IndexName}.{pickled}");
    }

    private static Dictionary<string, (string File, TensorEntry Entry)> ReadIndexed(string folder, string index)
    {
        var (placed, problems) = (Places(index), new List<string>());
        var tensors = new Dictionary<string, (string File, TensorEntry Entry)>(StringComparer.Ordinal);
        foreach (var file in placed.GroupBy(place => place.Value, place => place.Key))
        {
            try
            {
                var path = Path.Combine(folder, file.Key);
                var held = SafetensorsHeader.Read(path).ToDictionary(entry => entry.Name, StringComparer.Ordinal);
                foreach (var name in file)
                {
                    if (held.TryGetValue(name, out var entry)) tensors.Add(name, (path, entry));
                    else problems.Add($"{path}: has no tensor {name}, which {IndexName} places there.");
                }
            }
            catch (DataException e)
            {
                problems.AddRange(e.Problems);
            }
        }

        return problems.Count == 0 ? tensors : throw new DataException(problems);
    }

    private static bool IsName(string file) => file.Length > 0 && file == Path.GetFileName(file)
        && file is not ("." or "..") && !file.Contains('\0', StringComparison.Ordinal);

    private static Dictionary<string, string> Places(string index)
    {
        try
        {
            using var json = JsonDocument.Parse(InputFile.OpenText(index, FileKind.WeightIndex));
            if (json.RootElement.ValueKind != JsonValueKind.Object
                || !json.RootElement.TryGetProperty("weight_map", out var map)
                || map.ValueKind != JsonValueKind.Object)
                throw new DataException($"{index}: has no weight_map.");
            var places = new Dictionary<string, string>(StringComparer.Ordinal);
            foreach (var item in map.EnumerateObject())
            {
                var file = item.Value.ValueKind == JsonValueKind.String ? item.Value.GetString()! : "";
                if (!IsName(file))
                    throw new DataException($"{index}: places {item.Name} in no file of this folder.");
                if (!places.TryAdd(item.Name, file)) throw new DataException($"{index}: has {item.Name} twice.");
            }

            return places.Values.Distinct().Count() <= MostFiles ? places
                : throw new DataException($"{index}: names more than {MostFiles} files.");
        }
        catch (Exception e) when (e is JsonException or IOException or UnauthorizedAccessException
            or InvalidOperationException)
        {
            throw new DataException($"{index}: cannot be read: {e.Message}", e);
        }
    }
}
