using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;
using ScalingLab.Runs;

namespace ScalingLab.Dashboard.Routes;

/// <summary>
/// The body that a change takes, for the document; what comes is read by <see cref="ChangeRequests"/>, whatever its
/// media type.
/// </summary>
internal sealed record RequestBodyType(Type Type);

/// <summary>
/// The API's OpenAPI document at /api/openapi.json. It is made from the routes and from the types that they answer
/// with, in the JSON dialect that they answer in; it names nothing off the machine.
/// </summary>
internal static class ApiDocument
{
    private const string Name = "openapi";
    private const string Token = "token";

    public static void AddApiDocument(this IServiceCollection services)
    {
        // What schemas are made by; answers themselves are written by RunJson.
        services.ConfigureHttpJsonOptions(json =>
        {
            var (options, dialect) = (json.SerializerOptions, RunJson.Options);
            options.PropertyNamingPolicy = dialect.PropertyNamingPolicy;
            options.DefaultIgnoreCondition = dialect.DefaultIgnoreCondition;
            options.NumberHandling = dialect.NumberHandling;
            options.RespectNullableAnnotations = dialect.RespectNullableAnnotations;
            options.RespectRequiredConstructorParameters = dialect.RespectRequiredConstructorParameters;
            foreach (var converter in dialect.Converters) options.Converters.Add(converter);
        });
        services.AddOpenApi(Name, document => document
            .AddDocumentTransformer((api, _, _) => Describe(api))
            .AddOperationTransformer(DescribeAsync)
            .AddSchemaTransformer((schema, context, _) => FixSchema(schema, context)));
    }

    public static void MapApiDocument(this WebApplication app) => app.MapOpenApi("/api/{documentName}.json");

    /// <summary>Says what a route answers with where all is well.</summary>
    public static RouteHandlerBuilder Answers<T>(this RouteHandlerBuilder route,
        string mediaType = "application/json") =>
        route.Produces<T>(StatusCodes.Status200OK, mediaType);

    private static Task Describe(OpenApiDocument api)
    {
        api.Info = new OpenApiInfo
        {
            Title = "ScalingLab",
            Version = typeof(ApiDocument).Assembly.GetName().Version!.ToString(3),
            Description =
                "Sweeps, runs and nodes of one ledger. Looking is free on the machine itself; changes, and everything "
                    + "from elsewhere, need the "
                + "token. What is not known is left out. Losses are in nats/token.",
        };
        api.Tags = null; // the assembly's name, which groups nothing
        api.Components ??= new OpenApiComponents();
        api.Components.SecuritySchemes = new Dictionary<string, IOpenApiSecurityScheme>
        {
            [Token] = new OpenApiSecurityScheme { Type = SecuritySchemeType.Http, Scheme = "bearer" },
        };
        return Task.CompletedTask;
    }

    private static async Task DescribeAsync(OpenApiOperation operation, OpenApiOperationTransformerContext context,
        CancellationToken stop)
    {
        operation.Tags = null;
        if (context.Description.HttpMethod != HttpMethods.Post) return;
        operation.Security =
            [new OpenApiSecurityRequirement { [new OpenApiSecuritySchemeReference(Token, context.Document)] = [] }];
        if (context.Description.ActionDescriptor.EndpointMetadata.OfType<RequestBodyType>()
            .SingleOrDefault() is not { } body) return;
        operation.RequestBody = new OpenApiRequestBody
        {
            Content = new Dictionary<string, OpenApiMediaType>
            {
                ["application/json"] = new() { Schema = await context.GetOrCreateSchemaAsync(body.Type, null, stop) },
            },
        };
    }

    /// <summary>
    /// A property that may be null is left out of an answer where it is, required by its type or not. Docstrings have
    /// lines, descriptions none.
    /// </summary>
    private static Task FixSchema(OpenApiSchema schema, OpenApiSchemaTransformerContext context)
    {
        if (schema.Description is { } text)
            schema.Description = string.Join(' ', text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
        foreach (var property
            in context.JsonTypeInfo.Properties.Where(p => p.IsGetNullable || p.ShouldSerialize is not null))
            schema.Required?.Remove(property.Name);
        return Task.CompletedTask;
    }
}
