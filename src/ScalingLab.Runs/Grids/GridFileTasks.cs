using ScalingLab.Runs.Parsing;

namespace ScalingLab.Runs.Grids;

/// <summary>The section of a grid file that says what finished runs are scored on.</summary>
internal sealed class GridFileTasks(GridFileData data)
{
    private const int MostTasks = 100;
    private const int MostDocuments = 10_000_000;
    private const int MostGenerated = 100_000;
    private const int MostTokens = 1_000_000;

    private const string Which = "give \"task\", a file of JSON lines, or \"generate\", a number of held-out documents";

    private static readonly string[] Fields = ["name", "task", "limit", "generate", "promptTokens", "tokens"];

    /// <summary>Reads the section: a task, or several.</summary>
    /// <param name="value">The section.</param>
    /// <param name="isTeacher">Whether the runs' tokens are of a source of known entropy: no text.</param>
    public IReadOnlyList<RunTask> Read(JsonField value, bool isTeacher)
    {
        if (isTeacher)
            value.AddProblem("has no meaning with a source of known entropy: its tokens stand for no text");
        var tasks = new List<RunTask>();
        foreach (var item in value.Kind == System.Text.Json.JsonValueKind.Array ? value.Items(MostTasks) : [value])
        {
            if (Task(item) is not { } task) continue;
            if (tasks.Exists(other => string.Equals(other.Name, task.Name, StringComparison.OrdinalIgnoreCase)))
                item.AddProblem($"a second task is called '{task.Name}'; give it a \"name\" of its own");
            else tasks.Add(task);
        }

        return tasks;
    }

    private RunTask? Task(JsonField item)
    {
        if (item.Fields(Fields) is not { } fields) return null;
        var (isFile, isWriting) = (fields.ContainsKey("task"), fields.ContainsKey("generate"));
        if (isFile == isWriting)
        {
            item.AddProblem(isFile ? $"has both a task and generate; {Which}" : $"says not what is asked; {Which}");
            return null;
        }

        int? Count(string field, int most) => fields.TryGetValue(field, out var v) ? (int?)v.Integer(1, most) : null;
        foreach (var field in isFile ? ["promptTokens"] : new[] { "limit" })
        {
            if (fields.TryGetValue(field, out var idle))
                idle.AddProblem($"has no meaning beside \"{(isFile ? "task" : "generate")}\"; leave it out");
        }

        var file = isFile ? File(fields["task"]) : null;
        var generate = isFile ? null : Count("generate", MostGenerated);
        var given = fields.TryGetValue("name", out var n) ? Name(n) : null;
        var task = new RunTask(given ?? (file is null ? RunTask.HeldOut : RunTask.NameOf(file)), file)
        {
            Limit = isFile ? Count("limit", MostDocuments) : generate,
            PromptTokens = Count("promptTokens", MostTokens) ?? RunTask.DefaultTokens,
            Tokens = Count("tokens", MostTokens) ?? RunTask.DefaultTokens,
        };
        return (file is null && generate is null) || (n is not null && given is null) ? null : task;
    }

    private string? File(JsonField value)
    {
        if (data.FullPath(value) is not { } path) return null;
        if (!Directory.Exists(path)) return path;
        value.AddProblem("is a folder; give the task's file in it");
        return null;
    }

    private static string? Name(JsonField value)
    {
        if (value.Text() is not { } name) return null;
        if (name.Length <= RunTask.MostName && char.IsAsciiLetter(name[0])
            && name.All(c => char.IsAsciiLetterOrDigit(c) || c == '-'))
            return name;
        value.AddProblem($"'{name}' does not do as the end of a column's name: at most {RunTask.MostName} letters, digits and "
            + "'-', a letter first");
        return null;
    }
}
